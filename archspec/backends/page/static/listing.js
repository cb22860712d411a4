// The spec beside the picture: the lines of the layer pointed at are marked, with those of the calls that led to it.

const listing = document.getElementById("listing");
const lineElements = network.files.map(() => []); // by file, by line

function drawListing() {
  const written = placesByLine();
  network.files.forEach((file, number) => {
    const lines = file.lines.map((text, index) => {
      const places = written.get(`${number}:${index + 1}`);
      const line = make(places ? "button" : "div", { class: "line", tabindex: places && "-1",
        "data-line": index + 1, onclick: places && (() => pin(nextOf(places))) }, make("code", {}, ...coloured(text)));
      if (!places) line.onclick = null;
      return line;
    });
    lineElements[number] = lines;
    listing.append(make("h2", {}, file.name), make("div", { class: "lines" }, ...lines));
  });
  const first = listing.querySelector("button.line");
  if (first) first.tabIndex = 0;
  listing.addEventListener("keydown", moveInListing);
}

/** For each line the places written on it, in running order; a block's own line stands for all its calls. */
function placesByLine() {
  const written = new Map();
  const add = ({ file = 0, first, last }, place) => {
    for (let line = first; line <= last; line++) {
      const key = `${file}:${line}`;
      if (!written.has(key)) written.set(key, []);
      written.get(key).push(place);
    }
  };
  for (const place of everyPlace()) {
    add(place.step.lines, place);
    const block = place.module?.block;
    if (block) add({ ...block, last: block.first }, place);
  }
  return written;
}

/** The first place, or the one after that which is chosen. */
function nextOf(places) {
  const at = places.findIndex((place) => place === state.pinned);
  return places[(at + 1) % places.length];
}

function moveInListing(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const lines = [...listing.querySelectorAll("button.line")];
  const next = lines[lines.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** A line of YAML in pieces: keys and remarks are set apart. */
function coloured(text) {
  const [, code, remark] = /^((?:[^#"']|"[^"]*"|'[^']*'|(?<=\S)#)*)(#.*)?$/.exec(text) ?? [null, text];
  const [, indent, key, rest] = /^(\s*(?:- )?)([^\s:{}[\],]+(?=:))?(.*)$/.exec(code);
  return [indent, key && make("b", {}, key), rest, remark && make("i", {}, remark)];
}

function markLines(place) {
  for (const line of listing.querySelectorAll(".own, .caller")) line.classList.remove("own", "caller");
  if (!place?.parent) return;
  for (const around of place.ancestors) mark(around.step.lines, "caller");
  const [first] = mark(place.step.lines, "own");
  if (first) scrollPane(listing, first);
}

function mark({ file = 0, first, last }, name) {
  const lines = lineElements[file].slice(first - 1, last);
  for (const line of lines) line.classList.add(name);
  return lines;
}
