// The page: what is said about the layer pointed at, the buttons and keys that belong to no view, and the start.

const facts = document.getElementById("facts");

function drawHeader() {
  document.getElementById("title").textContent = network.title;
  const numbers = [network.params && `${network.params.short} parameters`, network.macs && `${network.macs.short} MACs`];
  document.getElementById("totals").textContent = [...numbers, network.open_sizes].filter(Boolean).join(" · ");
}

function drawFacts(place) {
  facts.replaceChildren(...(place?.parent ? factsOf(place) : [
    make("p", { class: "about" }, network.about ?? ""),
    make("p", { class: "hint" }, "Point at a layer, or walk with the arrow keys; Enter folds, / searches, Esc lets go."),
  ]));
}

function factsOf(place) {
  const { step, seen } = place;
  const before = [...new Set(step.before)].join(" and ");
  const { file = 0, first, last } = step.lines;
  const rows = [
    ["shape", before === step.after ? step.after : `${before} → ${step.after}`],
    ["parameters", !seen ? "" : step.params ? `${step.params.exact.toLocaleString("en")} (${share(step.params).text})` : "none"],
    ["MACs", !seen ? "" : step.macs ? step.macs.exact.toLocaleString("en") : "none counted"],
    ["sees", seen && (seen.size === "all" ? "all of the input" : `${seen.size} of the input, every ${seen.stride}`)],
    ["written", `${network.files[file].name}, ${first === last ? `line ${first}` : `lines ${first} to ${last}`}`],
    ["note", step.note],
    ["wrong", step.fault],
  ];
  return [
    make("h2", {}, place.title, " ", make("span", {}, [step.what, ...(step.small ?? [])].join(" "))),
    make("dl", {}, ...rows.filter(([, text]) => text).flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)])),
  ];
}

function showPinned() {
  if (!state.pinned) return;
  const box = nearestElement(state.pinned, diagram);
  const row = nearestElement(state.pinned, tableRows);
  if (box) scrollPane(diagramPane, box);
  if (row) scrollPane(tablePane, row);
}

function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const shown = document.documentElement.dataset.theme ?? system;
  document.documentElement.dataset.theme = shown === "dark" ? "light" : "dark";
}

function applyZoom() { diagram.style.setProperty("--zoom", state.zoom); }

const keys = {
  "/": () => query.focus(),
  Escape: () => pin(null),
  "+": () => setZoom(state.zoom * 1.15),
  "=": () => setZoom(state.zoom * 1.15),
  "-": () => setZoom(state.zoom / 1.15),
  f: () => fit(),
  d: switchTheme,
};

document.addEventListener("keydown", (event) => {
  const act = keys[event.key];
  if (!act || event.target === query || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});

diagramPane.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  setZoom(state.zoom * Math.exp(-event.deltaY / 300));
}, { passive: false });

const buttons = { "fold-all": foldAll, start: foldAsSpec, smaller: keys["-"], larger: keys["+"], fit: keys.f, theme: switchTheme };
for (const [id, act] of Object.entries(buttons)) document.getElementById(id).addEventListener("click", act);

const trees = [diagram, tableRows];
const markTrees = (mark) => () => trees.forEach(mark);

on("shape", redraw);
on("shape", redrawRows);
on("shape", markTrees(markActive));
on("shape", markTrees(markFound));
on("active", drawFacts);
on("active", markLines);
on("active", markTrees(markActive));
on("pinned", markTrees(markActive));
on("pinned", showPinned);
on("found", markTrees(markFound));
on("zoom", applyZoom);

drawHeader();
drawProblems();
drawListing();
drawFacts(null);
drawLegend();
foldAsSpec();
trees.forEach(treeKeys);
fit({ height: false, least: 0.75 });
