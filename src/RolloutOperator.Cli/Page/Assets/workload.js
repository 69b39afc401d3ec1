// One workload: what `explain` says, and its rollouts.

import { ask, element, graphLink, nameOf, stateMark, table, timeOf } from "./dom.js";
import { picture } from "./graph.js";
import { timeline } from "./timeline.js";

/** Shows a workload; gives what looks at it again. */
export function showWorkload(place, [namespace, kind, name]) {
  let isBusy = false;
  let isDue = false;
  const parameters = { namespace, kind, name };
  const heading = element("h1", { tabindex: "-1" }, `${kind.toLowerCase()}/${name} `, element("small", {}, `in the namespace ${namespace}`));
  const content = element("div", {}, element("p", { class: "loading" }, "Reading it …"));
  place.replaceChildren(heading, content);

  return async function look() {
    if (isBusy) { isDue = true; return; }
    isBusy = true;
    try {
      const [explanation, history, graph] = await Promise.all([ask("/api/explain", parameters), ask("/api/history", parameters), ask("/api/graph", parameters)]);
      const at = document.activeElement?.getAttribute?.("href");
      content.replaceChildren(...sections(explanation, history.rollouts, graph.edges));
      if (at && document.activeElement === document.body) [...content.querySelectorAll("a")].find(link => link.getAttribute("href") === at)?.focus();
    } catch (problem) {
      content.replaceChildren(element("p", { class: "problem", role: "alert" }, problem.message));
    } finally {
      isBusy = false;
      if (isDue) { isDue = false; look(); }
    }
  };
}

function section(title, ...children) {
  return element("section", { class: "card" }, element("h2", {}, title), children);
}

function sections(explanation, rollouts, edges) {
  const { workload, ledger, sources, mistakes } = explanation;
  return [
    ...explanation.doubts.map(doubt => element("p", { class: "note" }, doubt)),
    section("Decision",
      element("p", { class: "lead" }, stateMark(workload.state), " ", explanation.decision),
      explanation.remedies.length > 0 ? element("ul", {}, explanation.remedies.map(remedy => element("li", {}, remedy))) : null),
    mistakes.length > 0 ? section("Look at", element("dl", {}, mistakes.flatMap(mistake => [element("dt", {}, mistake.name), element("dd", {}, /[.?!]$/.test(mistake.message) ? mistake.message : mistake.message + ".")]))) : null,
    section("Sources", sources.length > 0 ? sourceTable(sources) : element("p", {}, "Its template reads no ConfigMap, Secret or image that is followed.")),
    section("Who reads what", edges.length > 0 ? picture(edges, new Map([[`${workload.namespace}/${nameOf(workload)}`, workload.state]])) : null,
      element("p", {}, element("a", { href: graphLink(workload.namespace) }, `All of the namespace ${workload.namespace}`))),
    section("Rollouts", rollouts.length > 0 ? [timeline(rollouts), rolloutTable(rollouts)] : element("p", {}, "Kubernetes remembers none.")),
    section("Details", element("dl", {},
      element("dt", {}, "Enrolled"), element("dd", {}, explanation.enrolment),
      element("dt", {}, "Ledger"), element("dd", {}, ledger ? `rollout ${ledger.rollouts}, written by ${ledger.installation ?? "an earlier version"}, digest key ${ledger.key || "none"}` : "none yet"),
      element("dt", {}, "Last write"), element("dd", {}, timeOf(workload.lastWrite)))),
  ].filter(part => part);
}

function sourceTable(sources) {
  const digest = value => value ? element("span", { class: "digest", title: value }, value.slice(0, 12)) : "–";
  return table("Sources", ["Source", "State", "Required", "Ledger", "Now", "Version", "Read in"], sources.map(source => [
    source.source,
    source.state,
    source.required ? "yes" : "no",
    digest(source.before),
    digest(source.now),
    source.version ?? "–",
    element("ul", {}, source.places.map(place => element("li", {}, placeOf(place)))),
  ]));
}

function placeOf(place) {
  const keys = place.keys.length > 0 ? `: ${place.keys.join(", ")}` : "";
  return `${place.container ? place.container + ", " : ""}${place.field}${keys}`;
}

function rolloutTable(rollouts) {
  return table("Rollouts, the newest first", ["Revision", "Rollout", "Started", "Took", "Cause", "Result"], rollouts.map(each => [
    String(each.revision), String(each.rollout ?? "–"), timeOf(each.started), each.seconds === undefined ? "–" : `${each.seconds} s`, each.cause ?? "–", each.result ?? "–",
  ]));
}
