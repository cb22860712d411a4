// The summary: the same tree as rows of a table, folded as the diagram is.

const tableRows = document.getElementById("rows");
const tablePane = document.getElementById("table-pane");

function drawTable() {
  tableRows.replaceChildren(...rowsOf(root));
  enterByTab(tableRows, tableRows.firstElementChild);
}

/** Replace the rows of a place and of what is in it. */
function redrawRows(place) {
  if (place === root) {
    drawTable();
    return;
  }
  const [row] = elementsOf(place, tableRows);
  if (!row) return;
  const old = [row];
  for (let next = row.nextElementSibling; next && Number(next.ariaLevel) > place.depth; next = next.nextElementSibling) {
    old.push(next);
  }
  row.before(drawTableRow(place, lastOf(place), runOf(place)), ...(isOpen(place) ? rowsOf(place) : []));
  for (const gone of old) gone.remove();
  if (!tableRows.querySelector('[tabindex="0"]')) enterByTab(tableRows, tableRows.firstElementChild);
}

function* shownChildren(place) {
  const { rows, before, after } = shownRows(place);
  const numbers = new Set(rows.map((row) => row.number));
  const sides = (place.module.arrangement.sides ?? []).filter((side) => numbers.has(side.beside)).flatMap((side) => side.rows);
  const runs = new Map();
  for (const { run } of rows) if (run) for (const step of stepsOf(run)) runs.set(step, run);
  if (before) yield { more: before, by: -MOST_ROWS, text: "before" };
  const steps = [...new Set([...rows, ...sides].flatMap(stepsOf))].sort((one, other) => one - other);
  for (const step of steps) yield { place: place.children[step], run: runs.get(step) };
  if (after) yield { more: after, by: MOST_ROWS, text: "more" };
}

/** The rows of what is in a module, without its own. `last`: see `lastOf`. */
function rowsOf(place, last = lastOf(place)) {
  return [...shownChildren(place)].flatMap(({ place: child, run, more, by, text }) => {
    if (!child) return [drawMoreRow(place, by, `${more.toLocaleString("en")} ${text}`)];
    const lastChild = last.children[inLastCopy(child, run)];
    return [drawTableRow(child, lastChild, run), ...(child.module && isOpen(child) ? rowsOf(child, lastChild) : [])];
  });
}

/** The copies for which the row of a place stands; undefined where it stands for itself. */
function runOf(place) {
  return shownRows(place.parent).rows.find((shown) => stepsOf(shown).includes(place.index))?.run;
}

/** The index of a place's counterpart in the last copy of a run. */
function inLastCopy(place, run) {
  return place.index + (run ? run.length * (run.count - 1) : 0);
}

/** A row stands for the same place in every copy, of all that are around it: the last of these places. */
function lastOf(place) {
  return place.parent ? lastOf(place.parent).children[inLastCopy(place, runOf(place))] : place;
}

/** `last`: see `lastOf`; `run`: the copies for which the row itself stands. */
function drawTableRow(place, last, run) {
  const { step } = place;
  const part = share(step.params);
  const seen = [...new Set([place.seen?.size, last.seen?.size])].join(" … ");
  const name = make("td", { class: "name", role: "gridcell" },
    place.module ? foldButton(place) : make("span", { class: "fold" }),
    make("span", {}, run ? `${nameOf(place)} … ${nameOf(last)}` : nameOf(place)),
    run && make("button", { class: "badge", tabindex: "-1", title: "Show each (c)",
      onclick: () => unroll(place.parent.children[run.first]) }, `× ${run.count}`));
  name.style.setProperty("--depth", place.depth - 1);
  const bar = make("td", { class: "number share", role: "gridcell" }, part.text);
  bar.style.setProperty("--part", part.part);
  const row = make("tr", { ...treeItem(place, "row"), class: `${place.module ? "module" : ""} ${step.fault ? "fault" : ""}` },
    name,
    make("td", { role: "gridcell" }, [step.what, ...(step.small ?? [])].join(" ")),
    make("td", { role: "gridcell", class: "shape" }, step.after),
    make("td", { role: "gridcell", class: "number" }, step.params?.short),
    bar,
    make("td", { role: "gridcell", class: "number" }, step.macs?.short),
    make("td", { role: "gridcell", class: "number" }, seen));
  return row;
}

function drawMoreRow(place, by, text) {
  const row = make("tr", { "aria-level": place.depth + 1 },
    make("td", { colspan: 7 }, make("button", { class: "more", tabindex: "-1", onclick: () => shift(place, by) }, text)));
  return row;
}
