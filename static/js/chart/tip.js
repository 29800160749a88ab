import { seriesClass } from "./colours.js";
import { formatPosition, formatValue } from "./format.js";

const OFFSET = 12;

/**
 * What a chart says at one place: where it is, and the value of each metric there.
 *
 * @param {import("../../vendor/uplot/uplot.js")} plot
 * @param {string[]} keys
 * @param {AxisMode} axis
 * @param {number | null} chosen position of a point chosen by key, else the one under the cursor
 * @returns {{ at: string, values: { key: string, text: string, index: number }[] } | null}
 */
export function reading(plot, keys, axis, chosen) {
  const index = chosen ?? plot.cursor.idx;
  const x = index === null || index === undefined ? undefined : plot.data[0][index];
  if (x === undefined || index === null || index === undefined) return null;
  const values = keys.flatMap((key, n) => {
    const value = plot.data[n + 1]?.[chosen ?? plot.cursor.idxs?.[n + 1] ?? index];
    return value === undefined ? [] : [{ key, index: n, text: value === null ? "not drawable" : formatValue(value) }];
  });
  return { at: formatPosition(x, axis), values };
}

/**
 * Puts the tip beside the cursor, on the side that has room.
 *
 * @param {HTMLElement} tip
 * @param {import("../../vendor/uplot/uplot.js")} plot
 * @param {ReturnType<typeof reading>} read
 */
export function showTip(tip, plot, read) {
  const left = plot.cursor.left ?? -1;
  tip.hidden = !read || left < 0;
  if (tip.hidden || !read) return;
  const at = Object.assign(document.createElement("div"), { className: "at", textContent: read.at });
  tip.replaceChildren(at, ...read.values.map((value) => tipRow(value, read.values.length > 1)));
  const x = plot.over.offsetLeft + left;
  const flipped = x + OFFSET + tip.offsetWidth > plot.root.clientWidth;
  const y = Math.max(0, Math.min((plot.cursor.top ?? 0) - 8, plot.over.clientHeight - tip.offsetHeight));
  tip.style.transform = `translate(${flipped ? Math.max(0, x - OFFSET - tip.offsetWidth) : x + OFFSET}px, ${y}px)`;
}

/**
 * @param {{ key: string, text: string, index: number }} value
 * @param {boolean} named
 */
function tipRow({ key, text, index }, named) {
  const row = Object.assign(document.createElement("div"), { className: "row" });
  if (named) {
    const swatch = Object.assign(document.createElement("span"), { className: `swatch ${seriesClass(index)}` });
    row.append(swatch, Object.assign(document.createElement("span"), { textContent: key }));
  }
  row.append(Object.assign(document.createElement("b"), { textContent: text }));
  return row;
}
