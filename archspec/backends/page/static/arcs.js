// What runs beside the spine: skips, the lines to and from layers that stand beside it, the bus above branches.
// The boxes are where the browser put them; whenever their grid changes its size, its lines are drawn anew.

const SVG = "http://www.w3.org/2000/svg";
const LANE = 0.85; // em between arcs that run side by side

const watched = new WeakMap(); // grid → its module
const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.isConnected) drawArcs(target, watched.get(target));
    else resizes.unobserve(target);
  }
});

/** Draw the lines of a grid now that it is made, and whenever it changes. */
function watchArcs(grid, place) {
  const { arcs = [], sides = [], rows } = place.module.arrangement;
  const isPlain = !arcs.length && !sides.length && rows.every((row) => row.is !== "branches");
  grid.style.setProperty("--lanes", lanesOf(place).count);
  if (isPlain && !grid.querySelector(":scope > .sides")) return;
  grid.prepend(document.createElementNS(SVG, "svg"));
  grid.firstChild.setAttribute("class", "arcs");
  grid.firstChild.setAttribute("aria-hidden", "true");
  watched.set(grid, place);
  resizes.observe(grid);
}

/** For each arc the lane it runs in: arcs that run beside the same row have different ones, short ones the inner. */
function lanesOf(place) {
  const { rows, arcs = [], sides = [] } = place.module.arrangement;
  const rowOf = new Map();
  rows.forEach((row, number) => {
    for (const step of stepsOf(row)) rowOf.set(step, number);
    if (row.is === "run") rowOf.set(row.first + row.length * row.count - 1, number);
  });
  const above = (value) => rowOf.get(value - place.module.inputs.length) ?? -1;
  const routes = [
    ...arcs.map((arc) => ({ what: arc, from: above(arc.source), to: rowOf.get(arc.target) ?? 0 })),
    ...sides.filter((side) => side.kind !== "aux")
      .map((side) => ({ what: side, from: above(side.source), to: side.beside })),
  ].sort((one, other) => one.to - one.from - (other.to - other.from));
  const lanes = [];
  for (const route of routes) {
    const isFree = (lane) => lane.every((other) => other.to <= route.from || route.to <= other.from);
    const found = lanes.find(isFree);
    if (found) found.push(route);
    else lanes.push([route]);
  }
  const laneOf = new Map(lanes.flatMap((lane, number) => lane.map((route) => [route.what, number])));
  return { laneOf, count: lanes.length };
}

function drawArcs(grid, place) {
  const canvas = grid.firstChild;
  const frame = canvas.getBoundingClientRect();
  const em = parseFloat(getComputedStyle(grid).fontSize);
  const box = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top,
      x: (left + right) / 2 - frame.left, y: (top + bottom) / 2 - frame.top };
  };
  const lines = [];
  const find = finder(grid, place, box);
  const { laneOf, count } = lanesOf(place);
  const laneAt = (number) => frame.width - (count - number - 0.4) * LANE * em;
  const { arcs = [], sides = [] } = place.module.arrangement;
  const curve = em * 0.7;
  const faultAt = (step) => (place.module.steps[step].fault ? "fault" : "");

  for (const arc of arcs) {
    const from = find.source(arc.source);
    const to = find.target(arc.target);
    if (!from || !to) continue;
    const lane = laneAt(laneOf.get(arc));
    const fault = faultAt(arc.target);
    lines.push(path(`skip ${fault}`, round([[from.x, from.y], [lane, from.y], [lane, to.y], [to.x, to.y]], curve)),
      dot(from, em), head([to.x, to.y], "left", em, fault));
  }
  for (const side of sides) {
    const element = grid.querySelector(`:scope > .sides > .side[data-source="${side.source}"]`
      + (side.target === undefined ? `.${side.kind}` : `[data-target="${side.target}"]`));
    const from = find.source(side.source);
    if (!element || !from) continue;
    const at = box(element);
    const entry = box(element.firstElementChild);
    if (find.isClear(from, at, element)) {
      lines.push(path(side.kind, round([[from.x, from.y], [entry.x, from.y], [entry.x, entry.top]], curve)),
        head([entry.x, entry.top], "down", em));
    } else {
      const lane = laneAt(laneOf.get(side) ?? 0);
      const over = box(element.parentElement).top - em * 0.65;
      const [way, end, direction] = element.parentElement.children.length > 1
        ? [[[lane, over], [entry.x, over]], [entry.x, entry.top], "down"]
        : [[[lane, entry.y]], [entry.right, entry.y], "left"];
      lines.push(path(side.kind, round([[from.x, from.y], [lane, from.y], ...way, end], curve)), head(end, direction, em));
    }
    lines.push(dot(from, em));
    const to = side.target !== undefined && find.target(side.target);
    if (to) {
      const fault = faultAt(side.target);
      lines.push(path(`${side.kind} ${fault}`, round([[entry.x, at.bottom], [entry.x, to.y], [to.x, to.y]], curve)),
        head([to.x, to.y], "left", em, fault));
    }
  }
  for (const pill of grid.querySelectorAll(":scope > .sides > [data-output]")) {
    const from = find.source(Number(pill.dataset.output));
    const to = box(pill);
    if (!from) continue;
    lines.push(path("flow", `M${from.x} ${to.y}H${to.left}`), dot({ x: from.x, y: to.y }, em),
      head([to.left, to.y], "right", em, "flow"));
  }
  for (const fan of grid.querySelectorAll(":scope > .fan, .branch > .fan, .side > .fan")) {
    const ends = [...fan.querySelectorAll(":scope > .branch > .link:first-child")].map(box);
    lines.push(path("flow", `M${ends[0].x} ${ends[0].top}H${ends.at(-1).x}`));
  }
  for (const link of grid.querySelectorAll(":scope > .link")) {
    // What stands beside a row may be taller than it: the spine goes on to the next link.
    const above = link.previousElementSibling && box(link.previousElementSibling);
    const at = box(link);
    if (above && at.top - above.bottom > 1) lines.push(path("flow", `M${at.x} ${above.bottom}V${at.top}`));
  }
  canvas.replaceChildren(...lines);
}

/** Where values come from and go to, in the pixels of the grid. */
function finder(grid, place, box) {
  const inputs = place.module.inputs.length;
  const bodies = new Map();
  for (const body of grid.querySelectorAll("[data-steps]")) {
    if (body.closest(".rows") !== grid) continue;
    const steps = body.dataset.steps.split(" ").map(Number);
    for (const step of [...steps, Number(body.dataset.last ?? steps[0])]) bodies.set(step, body);
  }
  const links = [...grid.querySelectorAll(":scope > .link, :scope > .gap")];
  const spine = () => box(links[0]).x;
  return {
    source(value) {
      if (value < inputs) {
        const pill = grid.querySelector(`:scope > .sides > [data-input="${value}"]`);
        if (pill) return { x: box(pill).x, y: box(pill).bottom };
        const link = box(links[0]);
        return { x: link.x, y: link.top + (link.bottom - link.top) * 0.3 };
      }
      const body = bodies.get(value - inputs);
      if (!body) return null;
      const at = box(body);
      if (body.parentElement !== grid) return { x: at.right, y: at.y };
      return { x: spine(), y: at.bottom + (box(links[0]).bottom - box(links[0]).top) * 0.3 };
    },
    target(step) {
      const body = bodies.get(step);
      if (!body) return null;
      const at = box(body);
      if (body.classList.contains("fan")) return { x: at.x, y: at.top - 4 };
      return { x: at.right, y: body.classList.contains("frame") ? at.top + (at.bottom - at.top) * 0.05 + 8 : at.y };
    },
    /** Whether nothing stands between the height of a source and the top of what is beside the spine. */
    isClear(from, at, element) {
      const others = [...grid.querySelectorAll(":scope > .frame, :scope > .sides > *")].filter((other) => other !== element);
      return others.every((other) => box(other).bottom <= from.y || box(other).top >= at.top || box(other).right < at.left);
    },
  };
}

/** A path through points, its corners rounded. */
function round(points, radius) {
  const steps = points.slice(1, -1).map(([x, y], index) => {
    const [before, after] = [points[index], points[index + 2]];
    const toward = ([px, py]) => {
      const length = Math.hypot(px - x, py - y) || 1;
      const reach = Math.min(radius, length / 2);
      return `${x + ((px - x) / length) * reach} ${y + ((py - y) / length) * reach}`;
    };
    return `L${toward(before)}Q${x} ${y} ${toward(after)}`;
  });
  return `M${points[0].join(" ")}${steps.join("")}L${points.at(-1).join(" ")}`;
}

function shapeOf(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function path(kind, d) { return shapeOf("path", { class: `line ${kind}`, d }); }

function dot({ x, y }, em) { return shapeOf("circle", { class: "dot", cx: x, cy: y, r: em * 0.18 }); }

function head([x, y], direction, em, kind = "") {
  const [length, half] = [em * 0.5, em * 0.24];
  const [backX, backY] = { left: [length, 0], right: [-length, 0], down: [0, -length] }[direction];
  const [acrossX, acrossY] = backX ? [0, half] : [half, 0];
  const points = [[x, y], [x + backX - acrossX, y + backY - acrossY], [x + backX + acrossX, y + backY + acrossY]];
  return shapeOf("polygon", { class: `head ${kind}`, points: points.map((point) => point.join()).join(" ") });
}
