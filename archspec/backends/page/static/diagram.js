// The diagram: places → nested boxes, which the browser lays out.
// A module that is open is a frame with a grid of three columns: what is left of the spine, the spine, what is right of
// it. Frames in frames share the columns (subgrid), so that the spine is straight. Links of the spine are boxes of the
// grid too; whatever runs beside it is drawn by arcs.js, once the browser knows where the boxes are.

const diagram = document.getElementById("diagram");
const diagramPane = document.getElementById("diagram-pane");

/** Draw again what changed of a place: the rows around it, since a frame takes other cells than a box. */
function redraw(place) {
  const around = place.parent ?? root;
  if (around === root) diagram.replaceChildren(drawRows(root));
  else elementsOf(around, diagram)[0]?.querySelector(".rows")?.replaceWith(drawRows(around));
  if (!diagram.querySelector('[data-id][tabindex="0"]')) enterByTab(diagram, diagram.querySelector("[data-id]"));
}

/** The rows of an open module, in their grid. */
function drawRows(place) {
  const { rows, before, after } = shownRows(place);
  const { linked, sides = [] } = place.module.arrangement;
  const grid = make("div", { class: "rows", role: place === root ? "none" : "group" });
  const cells = new Map(); // what stands right of the spine, by the grid's row
  let line = 1;
  const entry = entryOf(place);
  let shape = place.shapeOf(entry);
  const put = (element, column) => {
    element.style.gridRow = line;
    element.style.gridColumn = column;
    grid.append(element);
    return element;
  };
  const aside = (at, element) => cells.set(at, [...(cells.get(at) ?? []), element]);

  drawEntries(place, entry, put, aside, line);
  line++;
  if (before) put(drawMore(place, -MOST_ROWS, `${before.toLocaleString("en")} before`), "2"), line++;
  for (const row of rows) {
    const isLinked = row.isLater || linked[row.number];
    const value = valueBefore(place, row);
    const entering = place.shapeOf(value);
    const link = put(drawLink(isLinked, showsShape(place, shape, entering) && isLinked ? entering : ""), "2");
    link.dataset.after = value;
    if (leadsToFault(place, row)) link.classList.add("fault");
    shape = entering;
    const here = sides.filter((side) => side.beside === row.number && !row.isLater);
    const above = line++;
    const body = put(drawRow(place, row, "spine"), "2");
    const isFrame = body.classList.contains("frame");
    if (isFrame) body.style.gridColumn = "1 / 4";
    for (const side of here) {
      // Beside a frame in a frame there is no room: a head hangs above it, the layers of a skip wait below it.
      const hasRoom = place === root || !isFrame;
      aside(hasRoom ? line : side.kind === "aux" ? above : line + 1, drawSide(place, side));
    }
    if (place === root) {
      for (const output of outputsOf(row)) aside(line + 1, drawTerminal(output, "output"));
    }
    line++;
  }
  if (after) put(drawMore(place, MOST_ROWS, `${after.toLocaleString("en")} more`), "2"), line++;
  drawExit(place, rows, put, after);
  for (const [at, elements] of cells) {
    const side = make("div", { class: "sides", role: "none" }, ...elements);
    side.style.gridRow = at;
    side.style.gridColumn = place === root ? "4" : "3";
    grid.append(side);
  }
  watchArcs(grid, place);
  return grid;
}

/** The value that the row above gives, or the module's first input. */
function valueBefore(place, row) {
  if (row.is === "run") return valueBefore(place, { ...row.rows[0], number: row.number });
  const first = row.is === "branches" ? row.source : place.module.steps[row.steps[0]].inputs[0];
  const { rows, linked } = place.module.arrangement;
  if (row.isLater || !linked[row.number] || row.is === "branches") return first;
  const above = rows[row.number - 1];
  if (!above) return first;
  const last = above.is === "run" ? above.first + above.length * above.count - 1 : stepsOf(above).at(-1);
  return place.module.inputs.length + last;
}

/** Shapes stand where they change: in the network itself, and elsewhere where the size of the map does. */
function showsShape(place, before, after) {
  const size = (shape) => shape.split(" × ").slice(1).join();
  return before !== after && (place === root || size(before) !== size(after));
}

/** The input at the top of the spine. */
function entryOf(place) {
  const [first] = place.module.arrangement.rows;
  return first ? valueBefore(place, { ...first, number: 0 }) : 0;
}

function drawEntries(place, entry, put, aside, line) {
  const isRoot = place === root;
  const inputs = isRoot ? network.inputs : place.module.inputs.map((shape, value) => ({ name: "", shape, value }));
  put(isRoot ? drawTerminal(inputs[entry], "input") : make("span", { class: "entry", role: "none" }), "2");
  for (const input of inputs) if (input.value !== entry) aside(line, drawTerminal(input, "input"));
}

function drawExit(place, rows, put, after) {
  if (place !== root || after) return;
  const last = rows.at(-1);
  const output = network.outputs.find((terminal) => isResultOf(terminal, last));
  if (!output) return;
  put(drawLink(true, ""), "2");
  const pill = put(drawTerminal(output, "output"), "2");
  pill.style.gridRow = Number(pill.style.gridRow) + 1;
}

/** The network's outputs that a row gives, but for the one at the end of the spine. */
function outputsOf(row) {
  const isLast = row.number === root.module.arrangement.rows.length - 1;
  return isLast ? [] : network.outputs.filter((output) => isResultOf(output, row));
}

function isResultOf(output, row) {
  return output.value === root.module.inputs.length + lastStepOf(row);
}

/** The last step of a row, that of the last copy where the row stands for several. */
function lastStepOf(row) {
  return row.run ? row.run.first + row.run.length * row.run.count - 1 : stepsOf(row).at(-1);
}

function drawTerminal({ name, shape, value }, kind) {
  const anchor = kind === "input" ? { "data-input": value } : { "data-output": value };
  return make("div", { class: `terminal ${kind}`, ...anchor, role: "none" },
    name && make("b", {}, name), make("span", { class: "shape" }, shape));
}

function drawLink(isLinked, shape) {
  return make("div", { class: isLinked ? "link" : "gap", role: "none" },
    shape && make("span", { class: "shape" }, shape));
}

function drawMore(place, rows, text) {
  return make("button", { class: "more", tabindex: "-1", onclick: () => shift(place, rows) }, text);
}

/** A row: one box, one frame, or branches. */
function drawRow(place, row, where) {
  const draw = { branches: drawBranches, run: drawUnit, layer: drawLayer }[row.is];
  const element = draw(place, row, where);
  element.dataset.steps = (row.is === "branches" ? row.join.steps : stepsOf(row)).join(" ");
  element.dataset.last = lastStepOf(row);
  return element;
}

function drawLayer(place, row, where) {
  const [first, ...small] = row.steps.map((index) => place.children[index]);
  if (first.module && isOpen(first)) return drawFrame(first, row);
  if (first.module) return drawFolded(first, row, where);
  const merge = first.step.kind === "join" || first.step.kind === "concat";
  const fault = first.step.fault ? "fault" : "";
  const box = make("div", { class: `box ${merge ? "merge" : where} ${row.copies ? "copies" : ""} ${fault}`, role: "none",
    "data-kind": first.step.kind });
  box.append(drawOp(first, mergeText(first)), ...small.map((beside) => drawOp(beside, beside.step.what, "small")));
  box.append(...drawCopies(row, first), ...drawShapes(first));
  return box;
}

function mergeText({ step }) {
  return step.parts ? `${step.what} ${step.parts.join(" + ")} = ${step.after.split(" × ")[0]}` : step.what;
}

function drawOp(place, text, size = "") {
  return make("span", { ...treeItem(place), class: `op ${size}` }, text);
}

/** A module folded: one box, the layer that it is or its name and what it is. */
function drawFolded(place, row, where) {
  const { step } = place;
  const isLayer = Boolean(step.kind);
  const words = isLayer
    ? [make("span", { class: "op" }, step.what), ...(step.small ?? []).map((text) => make("span", { class: "op small" }, text))]
    : [make("b", {}, nameOf(place)), make("span", { class: "what" }, step.what), drawCost(step)];
  return make("div", { ...treeItem(place), "data-kind": step.kind,
    class: `box ${isLayer ? where : "folded"} ${row.copies ? "copies" : ""} ${hasFault(place) ? "fault" : ""}` },
  foldButton(place), ...words, ...drawCopies(row, place), ...drawShapes(place));
}

function drawFrame(place, row) {
  const { step } = place;
  return make("div", { ...treeItem(place), class: `frame role-${step.role ?? "none"} ${row.copies ? "copies" : ""} ${step.fault ? "fault" : ""}` },
    make("div", { class: "head", role: "none" }, foldButton(place), make("b", {}, nameOf(place)),
      make("span", { class: "what" }, step.what), ...drawCopies(row, place), drawCost(step)),
    drawRows(place));
}

/** Whether something is wrong with a step or in the module that it calls. */
function hasFault({ step, module }) { return Boolean(step.fault) || Boolean(module && moduleHasFault(module)); }

function moduleHasFault(module) {
  module.hasFault ??= module.steps.some((step) => (
    Boolean(step.fault) || Boolean(step.module !== undefined && moduleHasFault(network.modules[step.module]))));
  return module.hasFault;
}

/** Whether something is wrong where the line into a row ends: at its first step. Branches have lines of their own. */
function leadsToFault(place, row) { return !row.paths && Boolean(place.module.steps[stepsOf(row)[0]].fault); }

/** The shapes that meet where something is wrong. */
function drawShapes({ step }) {
  return step.fault && step.before ? [make("span", { class: "faulty" }, step.before.join(" and "))] : [];
}

function drawCost({ params, macs }) {
  const texts = [params?.short, macs && `${macs.short} MACs`].filter(Boolean);
  return make("span", { class: "cost" }, texts.join(" · "));
}

function foldButton(place) {
  const open = isOpen(place);
  return make("button", { class: "fold", tabindex: "-1", "aria-hidden": "true", title: open ? "Fold" : "Unfold",
    onclick: () => toggle(place) }, open ? "▾" : "▸");
}

/** The badge that says how many copies a box stands for, or which of them it is. */
function drawCopies(row, place) {
  if (row.copies) {
    const title = `${row.copies} copies${row.growth ? `, ${row.growth}` : ""}: show each (c)`;
    return [make("button", { class: "badge", tabindex: "-1", title, onclick: () => unroll(place) }, `× ${row.copies}`),
      row.growth && make("span", { class: "growth" }, row.growth)].filter(Boolean);
  }
  if (!row.copyOf) return [];
  return [make("button", { class: "badge", tabindex: "-1", title: "Show one for all (c)",
    onclick: () => unroll(row.copyOf) }, `${row.copy} of ${row.count}`)];
}

/** Several rows that follow each other again and again, in one outline. */
function drawUnit(place, row, where) {
  const rows = make("div", { class: "rows", role: "none" }, ...drawPath(place, row.rows, where));
  return make("div", { class: "frame unit copies", role: "none" },
    make("div", { class: "head", role: "none" }, ...drawCopies({ ...row, copies: row.count }, place.children[row.first])), rows);
}

/** Branches side by side, and the bar in which they end. */
function drawBranches(place, row) {
  const [join, ...small] = row.join.steps.map((index) => place.children[index]);
  const paths = row.paths.map((path) => drawBranch(drawPath(place, path, "spine"), join.step.fault));
  const bar = make("div", { class: `bar ${join.step.fault ? "fault" : ""}`, role: "none", "data-kind": join.step.kind },
    ...(join.step.parts ?? []).map((part) => make("span", { class: "part", role: "none" }, String(part))),
    make("div", { class: "sum", role: "none" }, drawOp(join, mergeText(join)),
      ...small.map((beside) => drawOp(beside, beside.step.what, "small")), ...drawShapes(join)));
  const fan = make("div", { class: "fan", role: "none" }, ...paths, bar);
  fan.style.setProperty("--branches", row.paths.length);
  return fan;
}

/** A branch: its line goes on to the bar, however much longer the others are; red, if they do not fit there. */
function drawBranch(parts, fault) {
  const tail = make("div", { class: `tail ${fault ? "fault" : ""}`, role: "none" });
  const branch = make("div", { class: "branch", role: "none" }, ...parts, tail);
  branch.style.gridTemplateRows = `repeat(${parts.length}, max-content) 1fr`;
  return branch;
}

/** The rows of a branch or of a side, below each other. */
function drawPath(place, path, where) {
  return path.flatMap((row) => {
    return rowsOfRow(place, row).flatMap((shown) => {
      const body = drawRow(place, shown, where);
      body.style.gridColumn = body.classList.contains("frame") ? "1 / 4" : "2";
      return [make("div", { class: `link ${leadsToFault(place, shown) ? "fault" : ""}`, role: "none" }), body];
    });
  });
}

function drawSide(place, side) {
  const aux = side.kind === "aux" ? network.aux?.find((text) => text.startsWith(`${side.title}:`)) : "";
  const [, ...path] = drawPath(place, side.rows, "spine");
  return make("div", { class: `side ${side.kind}`, role: "none",
    "data-source": side.source, "data-target": side.target }, ...path, aux && make("p", { class: "note" }, aux));
}

function drawLegend() {
  document.getElementById("legend").replaceChildren(
    ...(network.legend ?? []).map(({ kind, name }) => make("span", {}, make("i", { "data-kind": kind }), name)));
}

/** The zoom at which all of the diagram is in the pane; it stays legible, and is never larger than life. */
function fit({ height = true, least = 0 } = {}) {
  const grid = diagram.firstElementChild;
  const across = (diagramPane.clientWidth - 24) / grid.scrollWidth;
  const down = height ? (diagramPane.clientHeight - 64) / grid.scrollHeight : across;
  setZoom(Math.max(Math.min(state.zoom * Math.min(across, down), 1), least));
}
