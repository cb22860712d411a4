// Search by name, op, layer or shape: every word must be found. `64x56x56` finds `64 × 56 × 56`.

const query = document.getElementById("query");
const hits = document.getElementById("hits");
const MOST_HITS = 40; // in the list
const MOST_MARKED = 500; // in the views
let chosen = -1;

function plain(text) { return text.toLowerCase().replaceAll(/\s*×\s*/g, "x"); }

const texts = new Map(); // step → what is searched of it, whatever its place

function textOf({ step }) {
  if (!texts.has(step)) texts.set(step, plain([step.op ?? "", step.what, ...(step.small ?? []), step.after].join(" ")));
  return texts.get(step);
}

function find(words) {
  const wanted = plain(words).replaceAll(/(?<=\d)\s*x\s*(?=\d)/g, "x").split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const found = [];
  for (const place of everyPlace()) {
    const text = `${place.isJoin ? "" : plain(place.path)} ${textOf(place)}`;
    if (wanted.every((word) => text.includes(word))) found.push(place);
  }
  return found;
}

function search() {
  const found = find(query.value);
  state.found = found.slice(0, MOST_MARKED);
  chosen = -1;
  const count = make("li", { role: "option", "aria-disabled": "true", class: "count" },
    found.length ? `${found.length.toLocaleString("en")} found` : "nothing found");
  hits.replaceChildren(count, ...found.slice(0, MOST_HITS).map((place, number) => make(
    "li", { role: "option", id: `hit-${number}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); goTo(number); } },
    make("b", {}, place.title), " ", make("span", {}, `${place.step.what} → ${place.step.after}`),
  )));
  showHits(Boolean(query.value.trim()));
  tell("found");
}

function showHits(isShown) {
  hits.hidden = !isShown;
  query.setAttribute("aria-expanded", String(isShown));
  if (!isShown) query.removeAttribute("aria-activedescendant");
}

function choose(number) {
  const options = hits.querySelectorAll('[id^="hit-"]');
  if (!options.length) return;
  chosen = (number + options.length) % options.length;
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
  options[chosen].scrollIntoView({ block: "nearest" });
  query.setAttribute("aria-activedescendant", options[chosen].id);
}

function goTo(number) {
  const place = state.found[number];
  if (!place) return;
  showHits(false);
  pin(place);
}

query.addEventListener("input", search);
query.addEventListener("focus", () => showHits(Boolean(query.value.trim())));
query.addEventListener("blur", () => showHits(false));
query.addEventListener("keydown", (event) => {
  const act = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => {
      goTo(Math.max(chosen, 0));
      focusItem(diagram, state.pinned && nearestElement(state.pinned, diagram));
    },
    Escape: () => {
      query.value = "";
      search();
      focusItem(diagram, diagram.querySelector('[tabindex="0"]'));
    },
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
