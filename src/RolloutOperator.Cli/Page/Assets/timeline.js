// Rollouts along the time.

import { drawn, element } from "./dom.js";

const width = 900;
const margin = 60;
const step = 24;

/** Draws rollouts from the oldest to now; the table beside it says the same. */
export function timeline(rollouts) {
  const known = rollouts.filter(each => each.started).reverse();
  if (known.length === 0) return null;
  const start = new Date(known[0].started).getTime();
  const end = Math.max(Date.now(), start + 60_000);
  const x = time => margin + (new Date(time).getTime() - start) / (end - start) * (width - 2 * margin);
  const rows = place(known, x);
  const height = 58 + step * Math.max(...rows.map(row => row.row));
  const line = height - 30;
  const tick = (at, text, anchor) => drawn("text", { class: "soft", x: at, y: height - 8, "text-anchor": anchor }, text);
  return element("div", { class: "picture" },
    drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Timeline of ${known.length} rollouts since ${new Date(start).toLocaleString()}` },
      drawn("line", { class: "axis", x1: margin, x2: width - margin, y1: line, y2: line }),
      tick(margin, new Date(start).toLocaleString(), "start"),
      tick(width - margin, "now", "end"),
      rows.map(({ rollout, at, row }) => {
        const look = rollout.rollout === undefined ? "mark other" : /fail/i.test(rollout.result ?? "") ? "mark failed" : "mark";
        const long = Math.max(10, (rollout.seconds ?? 0) * 1000 / (end - start) * (width - 2 * margin));
        const y = line - 16 - row * step;
        return drawn("g", {},
          drawn("title", {}, `Revision ${rollout.revision}, ${new Date(rollout.started).toLocaleString()}: ${rollout.cause ?? "no cause known"}`),
          drawn("line", { class: "axis", x1: at + 5, x2: at + 5, y1: y, y2: line }),
          drawn("rect", { class: look, x: at, y: y - 5, width: long, height: 10, rx: 5 }),
          drawn("text", { x: at + long + 5, y: y + 4 }, `${rollout.revision}`));
      })));
}

// Those that would cover each other stand above each other.
function place(rollouts, x) {
  const ends = [];
  return rollouts.map(rollout => {
    const at = x(rollout.started);
    let row = ends.findIndex(end => end < at);
    if (row < 0) row = ends.length;
    ends[row] = at + 44;
    return { rollout, at, row };
  });
}
