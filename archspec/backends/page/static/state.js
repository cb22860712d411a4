// What the reader has chosen: the one thing that changes. Views draw from it, and redraw when told what changed:
//   "shape"   a module is folded, unfolded, or shows other rows: the place of the module
//   "active"  the layer that the facts, the table, the diagram and the spec point at
//   "pinned"  the layer that was chosen
//   "found"   what the search found
//   "zoom"

const MOST_BOXES = 400; // unfolded at the start
const MOST_ROWS = 100; // of one module shown at once: a network of 20,000 layers stays usable

const state = {
  open: new Set(), // modules, by place
  unrolled: new Set(), // runs of copies shown one by one, by the first copy
  windows: new Map(), // module → the first of its rows that is shown, where there are too many
  hovered: null,
  focused: null,
  pinned: null,
  found: [],
  zoom: 1,
};

const listeners = { shape: [], active: [], pinned: [], found: [], zoom: [] };

function on(event, listener) { listeners[event].push(listener); }

function tell(event, subject) {
  for (const listener of listeners[event]) listener(subject);
}

/** What is pointed at: by the mouse, else by the keyboard, else what was clicked. */
function active() { return state.hovered ?? state.focused ?? state.pinned; }

function setActive(change) {
  const before = active();
  Object.assign(state, change);
  if (active() !== before) tell("active", active());
}

function isOpen(place) { return place === root || state.open.has(place.id); }

function toggle(place) {
  if (!place.module || place === root) return;
  if (!state.open.delete(place.id)) state.open.add(place.id);
  tell("shape", place);
}

/** Show copies one by one, or the first for all. */
function unroll(first) {
  if (!state.unrolled.delete(first.id)) state.unrolled.add(first.id);
  tell("shape", first.parent);
}

/** The rows of a module, each with its number in the arrangement: the rows of every copy of a run that is unrolled. */
function allRows(place) {
  return place.module.arrangement.rows.flatMap((row, number) => rowsOfRow(place, { ...row, number }));
}

/** A run of single boxes is a box that says how many; other runs stay what they are, until they are unrolled. */
function rowsOfRow(place, row) {
  if (row.is !== "run") return [row];
  const first = place.children[row.first];
  const { number, count, length, growth } = row;
  if (!state.unrolled.has(first.id)) {
    return [length === 1 ? { ...row.rows[0], number, copies: count, growth, run: row } : { ...row, run: row }];
  }
  return Array.from({ length: count }, (_, copy) => row.rows.map((unit, at) => (
    { ...shifted(unit, copy * length), number, isLater: copy + at > 0, copyOf: at === 0 && first, copy: copy + 1, count }
  ))).flat();
}

/** The row of the copy `by` steps further down. */
function shifted(row, by) {
  if (row.is !== "branches") return { ...row, steps: row.steps.map((step) => step + by) };
  return { ...row, source: row.source + by, join: shifted(row.join, by),
    paths: row.paths.map((path) => path.map((inner) => shifted(inner, by))) };
}

/** Those that are shown, and how many there are before and after them. */
function shownRows(place) {
  const rows = allRows(place);
  const start = Math.min(state.windows.get(place.id) ?? 0, Math.max(rows.length - MOST_ROWS, 0));
  const shown = rows.slice(start, start + MOST_ROWS);
  return { rows: shown, before: start, after: rows.length - start - shown.length };
}

function stepsOf(row) {
  if (row.is === "branches") return [...row.paths.flatMap((path) => path.flatMap(stepsOf)), ...row.join.steps];
  return row.is === "run" ? row.rows.flatMap(stepsOf) : row.steps;
}

function shift(place, rows) {
  state.windows.set(place.id, Math.max((state.windows.get(place.id) ?? 0) + rows, 0));
  tell("shape", place);
}

/** Unfold whatever hides a place. */
function uncover(place) {
  for (const around of [root, ...place.ancestors]) {
    const inner = around === root ? [...place.ancestors, place][0] : [...place.ancestors, place][around.depth];
    const changed = [around !== root && !isOpen(around), uncoverCopy(around, inner), uncoverRow(around, inner)];
    if (around !== root) state.open.add(around.id);
    if (changed.some(Boolean)) tell("shape", around);
  }
}

function uncoverCopy(around, inner) {
  const run = around.module.arrangement.rows.find(
    (row) => row.is === "run" && inner.index >= row.first + row.length
      && inner.index < row.first + row.length * row.count,
  );
  if (!run || state.unrolled.has(around.children[run.first].id)) return false;
  state.unrolled.add(around.children[run.first].id);
  return true;
}

function uncoverRow(around, inner) {
  const { rows, before, after } = shownRows(around);
  if (!(before || after) || rows.some((row) => stepsOf(row).includes(inner.index))) return false;
  const at = allRows(around).findIndex((row) => stepsOf(row).includes(inner.index));
  if (at < 0) return false;
  state.windows.set(around.id, Math.max(at - (MOST_ROWS >> 1), 0));
  return true;
}

/** Choose a place: whatever hides it unfolds, and every view shows it. */
function pin(place) {
  if (place) uncover(place);
  setActive({ pinned: place });
  tell("pinned");
}

/** Fold as the spec does: copies once, layers of one box as that; the outermost first where there is too much. */
function foldAsSpec() {
  state.open.clear();
  state.unrolled.clear();
  state.windows.clear();
  let boxes = 0;
  const queue = [root];
  for (const place of queue) {
    const { rows } = shownRows(place);
    boxes += rows.length;
    if (boxes > MOST_BOXES) break;
    if (place !== root) state.open.add(place.id);
    const steps = [...rows, ...(place.module.arrangement.sides ?? []).flatMap((side) => side.rows)].flatMap(stepsOf);
    queue.push(...steps.map((index) => place.children[index]).filter((child) => child.module?.opens));
  }
  tell("shape", root);
}

function foldAll() {
  state.open.clear();
  state.unrolled.clear();
  tell("shape", root);
}

function setZoom(zoom) {
  state.zoom = Math.min(Math.max(zoom, 0.2), 2);
  tell("zoom");
}
