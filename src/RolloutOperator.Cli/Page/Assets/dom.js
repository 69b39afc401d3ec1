// Elements, and the requests to the command that serves this page.

const token = new URLSearchParams(location.search).get("token");
const svgNamespace = "http://www.w3.org/2000/svg";

/** An element; text is never read as markup. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function drawn(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return node;
}

/** Asks the command; gives the answer as JSON, or throws what it says. */
export async function ask(path, parameters = {}, signal = undefined) {
  const response = await request(`${path}?${new URLSearchParams(parameters)}`, signal);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Sends a request with the token. */
export async function request(path, signal) {
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
  if (response.status === 401) throw new Error("The command was started again: open the address that it printed last.");
  return response;
}

const tones = {
  Failed: "bad", Contended: "bad", Blocked: "bad", Held: "warn", Stale: "warn", Unknown: "warn", Rolling: "move", UpToDate: "good",
};

/** How a state looks. */
export const toneOf = state => tones[state] ?? "calm";

export const stateMark = state => element("span", { class: "state", "data-tone": toneOf(state) }, state);

/** The name of a workload as commands take it. */
export const nameOf = workload => `${workload.kind.toLowerCase()}/${workload.name}`;

export const keyOf = workload => `${workload.namespace}/${workload.kind}/${workload.name}`;

export const linkOf = workload => "#/workload/" + [workload.namespace, workload.kind, workload.name].map(encodeURIComponent).join("/");

export const graphLink = (namespace, source) => "#/graph?" + new URLSearchParams(source ? { namespace, source } : { namespace });

/** The same to show, which may be broken behind the kind. */
export const shownName = workload => [`${workload.kind.toLowerCase()}/`, element("wbr"), workload.name];

/** A moment, as how long ago it is. */
export function timeOf(text) {
  if (!text) return "–";
  const time = new Date(text);
  return element("time", { datetime: text, title: time.toLocaleString() }, agoOf(time));
}

function agoOf(time) {
  const seconds = Math.max(0, (Date.now() - time) / 1000);
  const [amount, unit] = seconds < 120 ? [seconds, "s"] : seconds < 7200 ? [seconds / 60, "min"] : seconds < 172800 ? [seconds / 3600, "h"] : [seconds / 86400, "d"];
  return `${Math.floor(amount)} ${unit} ago`;
}

/** A table with a heading for each column, and for each row in its first cell or the one that is marked. */
export function table(caption, columns, rows) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {},
      element("caption", { class: "unseen" }, caption),
      element("thead", {}, element("tr", {}, columns.map(column => element("th", { scope: "col" }, column)))),
      element("tbody", {}, rows.map(cells => element("tr", {}, cells.map((cell, at) => at === 0 ? element("th", { scope: "row" }, cell) : element("td", {}, cell)))))));
}

/** Tells people who do not see the page. */
export function say(text) {
  document.getElementById("said").textContent = text;
}
