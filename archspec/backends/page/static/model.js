// The network as the page asks for it. In: the JSON in the page. Out: `network`, and `Place`s.
// A distinct module is told once in the JSON; a place is a step of it where it stands in the network, made when first
// asked for. Places are numbered in running order, a module before what is in it: the number gives the receptive field.

const network = JSON.parse(document.getElementById("network").textContent);

class Place {
  constructor(id, step, parent, index) {
    Object.assign(this, { id, step, parent, index });
    this.module = network.modules[step.module];
    this.depth = parent ? parent.depth + 1 : 0;
  }

  /** The places of the module's steps, in order. */
  get children() {
    let next = this.id + 1;
    const children = (this.module?.steps ?? []).map((step, index) => {
      const child = new Place(next, step, this, index);
      next += 1 + (child.module?.size ?? 0);
      return child;
    });
    Object.defineProperty(this, "children", { value: children });
    return children;
  }

  /** The path in PyTorch; that of the module around for a join, which is no child of it. */
  get path() {
    if (!this.parent) return "";
    const around = this.parent.path;
    return this.isJoin ? around : (around && around + ".") + this.step.name;
  }

  get isJoin() { return this.step.role === "join"; }

  /** What a person calls it. */
  get title() { return this.isJoin ? `${this.step.what} of ${this.path || network.title}` : this.path; }

  /** What it sees of the input; undefined in a network that has errors. */
  get seen() { return network.seen?.[network.fields[this.id - 1]]; }

  get ancestors() {
    const found = [];
    for (let place = this.parent; place?.parent; place = place.parent) found.unshift(place);
    return found;
  }

  /** The shape of one of the module's values: its inputs come first, then its steps' results. */
  shapeOf(value) {
    const { inputs, steps } = this.module;
    return value < inputs.length ? inputs[value] : steps[value - inputs.length].after;
  }
}

const root = new Place(0, { name: "", what: "", module: network.modules.length - 1 }, null, 0);

/** The place of that number. */
function placeAt(id) {
  let place = root;
  while (place.id !== id) {
    let low = 0;
    let high = place.children.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (place.children[middle].id <= id) low = middle;
      else high = middle - 1;
    }
    place = place.children[low];
  }
  return place;
}

/** All places, in running order. */
function* everyPlace(from = root) {
  for (const child of from.children) {
    yield child;
    yield* everyPlace(child);
  }
}

function share(count) {
  const part = (count?.exact ?? 0) / (network.params?.exact ?? 1);
  return { part, text: part ? (part < 0.001 ? "< 0.1 %" : `${(part * 100).toFixed(1)} %`) : "" };
}
