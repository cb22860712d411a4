// Elements made of texts: nothing in the page is ever read as markup.

/** `attributes` are set as they are named; `class` and listeners (`onclick`) too. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return element;
}

/** The attributes of a place in a tree, whichever view shows it. */
function treeItem(place, role = "treeitem") {
  return {
    role,
    tabindex: "-1",
    "data-id": place.id,
    "aria-level": place.depth,
    "aria-expanded": place.module ? String(isOpen(place)) : undefined,
    "aria-label": [nameOf(place), place.step.what, ...(place.step.small ?? []), `output ${place.step.after}`].join(", "),
  };
}

/** The last part of its path; a join has none, and is called by what it does. */
function nameOf(place) { return place.step.name; }

function elementsOf(place, container) { return container.querySelectorAll(`[data-id="${place.id}"]`); }

/** The element of a place, or of the innermost module around it that is shown. */
function nearestElement(place, container) {
  for (let at = place; at?.parent; at = at.parent) {
    const [element] = elementsOf(at, container);
    if (element) return element;
  }
  return null;
}

/** Mark in a tree the place pointed at and the one chosen, or the modules that hide them. */
function markActive(tree) {
  for (const element of tree.querySelectorAll(".active")) element.classList.remove("active");
  for (const element of tree.querySelectorAll(".pinned")) {
    element.classList.remove("pinned");
    element.removeAttribute("aria-selected");
  }
  nearestElement(active(), tree)?.classList.add("active");
  const chosen = nearestElement(state.pinned, tree);
  chosen?.classList.add("pinned");
  chosen?.setAttribute("aria-selected", "true");
}

/** Mark in a tree what the search found. */
function markFound(tree) {
  for (const element of tree.querySelectorAll(".found")) element.classList.remove("found");
  for (const place of state.found) nearestElement(place, tree)?.classList.add("found");
}

/** Scroll the pane, and only the pane, until it shows the element. */
function scrollPane(pane, element) {
  const box = element.getBoundingClientRect();
  const view = pane.getBoundingClientRect();
  const margin = 24;
  if (box.top < view.top + margin) pane.scrollTop += box.top - view.top - view.height / 3;
  else if (box.bottom > view.bottom - margin) pane.scrollTop += box.top - view.top - view.height / 3;
  if (box.left < view.left) pane.scrollLeft += box.left - view.left - margin;
  else if (box.right > view.right) pane.scrollLeft += Math.min(box.left - view.left, box.right - view.right + margin);
}

// Trees by keyboard: one place of a tree takes part in the tab order, the arrows go from there.

function treeKeys(tree) {
  tree.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-id]");
    if (!item) return;
    enterByTab(tree, item);
    setActive({ focused: placeAt(Number(item.dataset.id)) });
  });
  tree.addEventListener("focusout", () => setActive({ focused: null }));
  tree.addEventListener("mouseover", (event) => {
    const item = event.target.closest("[data-id]");
    setActive({ hovered: item ? placeAt(Number(item.dataset.id)) : null });
  });
  tree.addEventListener("mouseleave", () => setActive({ hovered: null }));
  tree.addEventListener("click", (event) => {
    const item = event.target.closest("[data-id]");
    if (item && !event.target.closest("button")) pin(placeAt(Number(item.dataset.id)));
  });
  tree.addEventListener("dblclick", (event) => {
    const item = event.target.closest("[data-id]");
    if (item && !event.target.closest("button")) toggle(placeAt(Number(item.dataset.id)));
  });
  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest?.("[data-id]");
    if (!item || event.target.closest("button") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (treeKey(tree, item, event.key)) event.preventDefault();
  });
}

/** Do what a key asks for; false where it asks for nothing. */
function treeKey(tree, item, key) {
  const place = placeAt(Number(item.dataset.id));
  const items = [...tree.querySelectorAll("[data-id]")];
  const at = items.indexOf(item);
  switch (key) {
    case "ArrowDown": focusItem(tree, items[at + 1]); return true;
    case "ArrowUp": focusItem(tree, items[at - 1]); return true;
    case "Home": focusItem(tree, items[0]); return true;
    case "End": focusItem(tree, items.at(-1)); return true;
    case "ArrowRight":
      if (place.module && !isOpen(place)) toggleFrom(tree, place);
      else focusItem(tree, items[at + 1]);
      return true;
    case "ArrowLeft":
      if (place.module && isOpen(place)) toggleFrom(tree, place);
      else focusItem(tree, elementsOf(place.parent, tree)[0]);
      return true;
    case "Enter":
      if (place.module) toggleFrom(tree, place);
      else pin(place);
      return true;
    case " ": pin(place); return true;
    case "c": {
      const first = copiesAt(place);
      if (!first) return false;
      unroll(first);
      focusItem(tree, elementsOf(first, tree)[0]);
      return true;
    }
    default: return false;
  }
}

function toggleFrom(tree, place) {
  toggle(place);
  focusItem(tree, elementsOf(place, tree)[0]);
}

/** The first of the copies of which a place is one. */
function copiesAt(place) {
  const run = place.parent.module.arrangement.rows.find(
    (row) => row.is === "run" && place.index >= row.first && place.index < row.first + row.length * row.count,
  );
  return run && place.parent.children[run.first];
}

function focusItem(tree, item) {
  if (!item) return;
  item.focus({ preventScroll: true });
  scrollPane(tree.closest("section"), item);
}

/** The tab key enters a tree at this item. */
function enterByTab(tree, item) {
  for (const other of tree.querySelectorAll('[data-id][tabindex="0"]')) other.tabIndex = -1;
  if (item) item.tabIndex = 0;
}
