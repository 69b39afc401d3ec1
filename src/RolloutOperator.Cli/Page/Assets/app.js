// Which view is shown, and that it stays up to date.

import { ask, request } from "./dom.js";
import { showGraph } from "./graph.js";
import { showList } from "./list.js";
import { showWorkload } from "./workload.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
let look = async () => {};
let status = null;
let version = -1;

function show() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const parts = path.split("/").filter(part => part).map(decodeURIComponent);
  const isGraph = parts[0] === "graph";
  if (parts[0] === "workload" && parts.length === 4) {
    const again = showWorkload(main, parts.slice(1));
    look = () => again();
  } else if (isGraph) {
    const again = showGraph(main, new URLSearchParams(query));
    look = () => status && again(status);
  } else {
    const take = showList(main);
    let shown = null;
    look = async () => { if (status && shown !== status) { shown = status; take(status); } };
  }
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.hash === (isGraph ? "#/graph" : parts.length === 0 ? "#/" : "")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${main.querySelector("h1").textContent.trim()} · Rollout Operator`;
  return look();
}

async function changed(change) {
  if (change.version !== version) {
    status = await ask("/api/status");
    version = change.version;
  }
  if (change.problem) tell("lost", `Not up to date: ${change.problem}`);
  else tell("live", "Live");
  await look();
}

function tell(state, text) {
  live.dataset.state = state;
  if (live.textContent !== text) live.textContent = text;
}

// Server-sent events, read by fetch: an EventSource cannot send the token in a header.
async function follow() {
  const response = await request("/api/changes");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    const last = events.filter(event => event.startsWith("data: ")).pop();
    if (last) await changed(JSON.parse(last.slice(6)));
  }
}

async function followForever() {
  for (;;) {
    try {
      await follow();
      tell("lost", "Not connected: has the command ended?");
    } catch (problem) {
      tell("lost", problem instanceof TypeError ? "Not connected: has the command ended?" : problem.message);
    }
    await new Promise(again => setTimeout(again, 2000));
  }
}

document.getElementById("skip").addEventListener("click", event => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => {
  show();
  main.querySelector("h1")?.focus();
  window.scrollTo(0, 0);
});
show();
followForever();
