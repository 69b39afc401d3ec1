// All enrolled workloads, trouble first, a hundred at a time.

import { element, keyOf, linkOf, nameOf, say, shownName, stateMark, timeOf } from "./dom.js";

const pageSize = 100;

/** Shows the list in a place; gives what takes the next state of it. */
export function showList(place) {
  const view = { status: null, words: "", state: null, page: 0, changed: new Set() };
  const states = element("fieldset", { class: "states" });
  const filter = element("input", {
    type: "search", id: "filter", autocomplete: "off", spellcheck: "false",
    oninput: event => { view.words = event.target.value; view.page = 0; draw(); },
  });
  const count = element("span", { role: "status" }, "Reading the cluster …");
  const body = element("tbody");
  const previous = element("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const next = element("button", { type: "button", onclick: () => turn(1) }, "Next");
  const notes = element("div");
  const columns = [["State"], ["Workload"], ["Namespace"], ["Last write", "wide"], ["Sources", "wide"], ["Rollouts", "wide"], ["Reason"]];
  place.replaceChildren(
    element("h1", { tabindex: "-1" }, "Workloads"),
    notes,
    element("div", { class: "tools" },
      element("div", {}, element("label", { for: "filter" }, "Filter by name, namespace, state or reason"), filter), states),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Enrolled workloads" },
      element("table", {},
        element("caption", { class: "unseen" }, "Enrolled workloads, trouble first"),
        element("thead", {}, element("tr", {}, columns.map(([name, look]) => element("th", { scope: "col", class: look }, name)))),
        body)),
    element("nav", { class: "pages", "aria-label": "Pages of the list" }, previous, next, count));

  function turn(by) {
    view.page += by;
    draw();
    place.querySelector(".scroll").scrollIntoView({ block: "nearest" });
  }

  function rowOf(workload) {
    return element("tr", { class: view.changed.has(keyOf(workload)) ? "changed" : null },
      element("td", {}, stateMark(workload.state)),
      element("th", { scope: "row" }, element("a", { href: linkOf(workload) }, shownName(workload))),
      element("td", {}, workload.namespace),
      element("td", { class: "time wide" }, timeOf(workload.lastWrite)),
      element("td", { class: "number wide" }, String(workload.sources)),
      element("td", { class: "number wide" }, String(workload.rollouts ?? "–")),
      element("td", { class: "reason" }, workload.reason));
  }

  function draw() {
    const words = view.words.toLowerCase().split(/\s+/).filter(word => word);
    const found = view.status.workloads.filter(workload => words.every(word => textOf(workload).includes(word)));
    drawStates(found);
    const shown = view.state ? found.filter(workload => workload.state === view.state) : found;
    const last = Math.max(0, Math.ceil(shown.length / pageSize) - 1);
    view.page = Math.min(Math.max(0, view.page), last);
    const from = view.page * pageSize;
    const rows = shown.slice(from, from + pageSize);
    keepFocus(body, () => body.replaceChildren(...rows.map(rowOf)));
    previous.disabled = view.page === 0;
    next.disabled = view.page === last;
    count.textContent = shown.length > 0 ? `${from + 1} to ${from + rows.length} of ${shown.length} workloads`
      : view.status.workloads.length > 0 ? "No workload matches."
      : "No enrolled workloads found. Enrol one with the label rollout-operator.io/enabled=true, or start the command with -A.";
  }

  function drawStates(found) {
    const counts = new Map(view.status.workloads.map(workload => [workload.state, 0]));
    for (const workload of found) counts.set(workload.state, counts.get(workload.state) + 1);
    const button = (name, state, number) => element("button", {
      type: "button", "aria-pressed": String(view.state === state), "data-state": name,
      onclick: () => { view.state = view.state === state ? null : state; view.page = 0; draw(); },
    }, name, element("b", {}, String(number)));
    keepFocus(states, () => states.replaceChildren(
      element("legend", {}, "State"),
      button("All", null, found.length),
      ...[...counts].map(([state, number]) => button(state, state, number))));
  }

  return status => {
    const before = view.status && new Map(view.status.workloads.map(workload => [keyOf(workload), workload]));
    const news = before ? status.workloads.filter(workload => before.get(keyOf(workload))?.state !== workload.state) : [];
    view.changed = new Set(news.map(keyOf));
    view.status = status;
    if (view.state && !status.workloads.some(workload => workload.state === view.state)) view.state = null;
    notes.replaceChildren(...status.doubts.map(doubt => element("p", { class: "note" }, doubt)));
    draw();
    view.changed.clear();
    if (news.length > 0) say(news.length > 3 ? `${news.length} workloads have changed.` : news.map(workload => `${nameOf(workload)} in ${workload.namespace} is ${workload.state}.`).join(" "));
  };
}

const texts = new WeakMap();

function textOf(workload) {
  if (!texts.has(workload)) texts.set(workload, `${nameOf(workload)} ${workload.namespace} ${workload.state} ${workload.reason}`.toLowerCase());
  return texts.get(workload);
}

// Whoever is at a link or a button of what is drawn again stays there.
function keepFocus(place, change) {
  const mark = node => node.getAttribute("href") ?? node.dataset.state;
  const at = place.contains(document.activeElement) ? mark(document.activeElement) : null;
  change();
  if (at) [...place.querySelectorAll("a, button")].find(node => mark(node) === at)?.focus();
}
