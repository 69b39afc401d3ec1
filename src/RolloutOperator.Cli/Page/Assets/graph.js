// Who reads what: sources on the left, workloads on the right. Only what belongs to a choice is drawn.

import { ask, drawn, element, graphLink, linkOf, say, table, toneOf } from "./dom.js";

const most = 40;
const rows = 200;
const box = { width: 400, height: 28, gap: 10 };
const between = 230;

/** Shows the graph of a namespace, or of one source in it; gives what looks again, with the state of all workloads. */
export function showGraph(place, parameters) {
  let status = { workloads: [] };
  let words = "";
  let edges = null;
  const source = parameters.get("source");
  let namespace = parameters.get("namespace");
  const choice = element("select", { id: "namespace", onchange: event => { location.hash = graphLink(event.target.value); } });
  const filter = element("input", { type: "search", id: "filter", autocomplete: "off", spellcheck: "false", oninput: event => { words = event.target.value.toLowerCase(); draw(); } });
  const content = element("div");
  place.replaceChildren(
    element("h1", { tabindex: "-1" }, source ? `Who reads ${source} ` : "Who reads what ", source ? element("small", {}, `in the namespace ${namespace}`) : null),
    element("div", { class: "tools" },
      element("div", {}, element("label", { for: "namespace" }, "Namespace"), choice),
      element("div", {}, element("label", { for: "filter" }, "Filter by source or workload"), filter),
      source ? element("a", { href: graphLink(namespace) }, `All of the namespace ${namespace}`) : null),
    content);

  function draw() {
    if (!edges) return;
    const states = new Map(status.workloads.map(workload => [`${workload.namespace}/${workload.kind.toLowerCase()}/${workload.name}`, workload.state]));
    const found = edges.filter(edge => !source || (edge.source === source && edge.sourceNamespace === namespace))
      .filter(edge => `${edge.source} ${edge.kind}/${edge.name}`.toLowerCase().includes(words));
    const shown = neighbourhood(found);
    const text = found.length === 0 ? "Nothing is read here." : shown.length < found.length
      ? `${shown.length} of ${found.length} edges are drawn: choose a source, or filter, to see the others.`
      : `${found.length} edges.`;
    content.replaceChildren(...[
      element("p", { class: "soft" }, text),
      found.length > 0 ? element("div", { class: "card" }, picture(shown, states, source)) : null,
      found.length > 0 ? element("details", { class: "card" }, element("summary", {}, "The same as a table"),
        table("Who reads what", ["Source", "Read by"], found.slice(0, rows).map(edge => [
          element("a", { href: graphLink(edge.sourceNamespace, edge.source) }, edge.source), element("a", { href: linkOf(edge) }, `${edge.kind.toLowerCase()}/${edge.name}`)])),
        found.length > rows ? element("p", { class: "soft" }, `And ${found.length - rows} more.`) : null) : null,
    ].filter(part => part));
    say(text);
  }

  return async next => {
    status = next ?? status;
    const namespaces = [...new Set(status.workloads.map(workload => workload.namespace))];
    namespace ??= namespaces[0];
    choice.replaceChildren(...[...new Set([...namespaces, ...namespace ? [namespace] : []])].sort()
      .map(name => element("option", { selected: name === namespace }, name)));
    if (!namespace) {
      content.replaceChildren(element("p", {}, "No enrolled workloads found."));
      return;
    }
    try {
      ({ edges } = await ask("/api/graph", { namespace }));
      draw();
    } catch (problem) {
      content.replaceChildren(element("p", { class: "problem", role: "alert" }, problem.message));
    }
  };
}

const sourceOf = edge => `${edge.sourceNamespace}/${edge.source}`;
const workloadOf = edge => `${edge.namespace}/${edge.kind.toLowerCase()}/${edge.name}`;

// No more sources and workloads than can be seen.
function neighbourhood(edges) {
  const [left, right] = [new Set(), new Set()];
  return edges.filter(edge => {
    const [source, workload] = [sourceOf(edge), workloadOf(edge)];
    if ((!left.has(source) && left.size === most) || (!right.has(workload) && right.size === most)) return false;
    left.add(source);
    right.add(workload);
    return true;
  });
}

/** Draws edges as a picture whose boxes are links. */
export function picture(edges, states, chosen = null) {
  const left = place(edges, sourceOf);
  const right = place(edges, workloadOf);
  const step = box.height + box.gap;
  const height = Math.max(left.size, right.size) * step + box.gap;
  const width = 2 * box.width + between;
  const y = (nodes, at) => box.gap + at * step + (Math.max(left.size, right.size) - nodes.size) * step / 2;
  return element("div", { class: "picture" },
    drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": `${left.size} sources on the left, ${right.size} workloads on the right` },
      edges.map(edge => {
        const from = y(left, left.get(sourceOf(edge)).at) + box.height / 2;
        const to = y(right, right.get(workloadOf(edge)).at) + box.height / 2;
        const middle = box.width + between / 2;
        return drawn("path", { class: "edge", d: `M${box.width} ${from} C${middle} ${from} ${middle} ${to} ${box.width + between} ${to}` });
      }),
      [...left].map(([, { at, edge }]) => node(0, y(left, at), edge.source, graphLink(edge.sourceNamespace, edge.source), `${edge.source}, read by ${readers(edges, edge)}`, null, edge.source === chosen)),
      [...right].map(([key, { at, edge }]) => node(box.width + between, y(right, at), `${edge.kind.toLowerCase()}/${edge.name}`, linkOf(edge),
        `${edge.kind.toLowerCase()}/${edge.name}${states.has(key) ? ", " + states.get(key) : ""}`, states.get(key), false))));
}

function readers(edges, of) {
  const names = edges.filter(edge => sourceOf(edge) === sourceOf(of)).map(edge => edge.name);
  return names.length > 3 ? `${names.length} workloads` : names.join(", ");
}

function place(edges, key) {
  const nodes = new Map();
  for (const edge of edges) if (!nodes.has(key(edge))) nodes.set(key(edge), { at: nodes.size, edge });
  return nodes;
}

function node(x, y, text, href, label, state, isChosen) {
  const short = text.length > 50 ? text.slice(0, 32) + "…" + text.slice(-16) : text;
  return drawn("a", { href, class: isChosen ? "node chosen" : "node", "aria-label": label },
    drawn("title", {}, label),
    drawn("rect", { x: x + 1, y, width: box.width - 2, height: box.height, rx: 6, "data-tone": state ? toneOf(state) : null }),
    drawn("text", { x: x + 12, y: y + 19 }, short));
}
