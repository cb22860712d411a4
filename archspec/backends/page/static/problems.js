// What is wrong with the spec: a list above everything else. Each entry leads to its layer, or where no layer bears it to
// its line.

const problems = document.getElementById("problems");

function drawProblems() {
  const found = network.problems ?? [];
  problems.hidden = !found.length;
  if (!found.length) return;
  const errors = found.filter(({ severity }) => severity === "error").length;
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const counts = [count(errors, "error"), found.length > errors && count(found.length - errors, "warning")];
  problems.append(make("h2", {}, counts.filter(Boolean).join(", ")), make("ul", {}, ...found.map(drawProblem)));
}

function drawProblem(problem) {
  const { code, severity, message, help, lines } = problem;
  const where = `${network.files[lines.file ?? 0].name}:${lines.first}`;
  return make("li", { class: severity },
    make("button", { class: "problem", onclick: () => show(problem) },
      make("b", {}, `${severity}[${code}]`), ` ${message} `, make("span", { class: "where" }, where)),
    help && make("span", { class: "help" }, help));
}

function show({ place, lines }) {
  pin(place ? placeAt(place) : null);
  markLines(place ? placeAt(place) : null);
  const [first] = mark(lines, "own");
  if (first) scrollPane(listing, first);
}
