import { formatPosition, formatValue } from "./format.js";
import { lineOf } from "./lines.js";

/**
 * The drawn points as a table: what a chart says to someone who does not see it.
 *
 * @param {HTMLElement} host
 * @param {MetricSeries[]} series
 * @param {AxisMode} axis
 * @param {number} startMs
 */
export function fillTable(host, series, axis, startMs) {
  const table = document.createElement("table");
  table.className = "table";
  const head = table.createTHead().insertRow();
  for (const title of [...(series.length > 1 ? ["Metric"] : []), "At", "Value"]) {
    head.append(Object.assign(document.createElement("th"), { textContent: title, scope: "col" }));
  }
  const body = table.createTBody();
  for (const one of series) {
    const { x, y } = lineOf(one, axis, startMs);
    for (let n = 0; n < x.length; n += 1) {
      const row = body.insertRow();
      if (series.length > 1) row.insertCell().textContent = one.key;
      row.insertCell().textContent = formatPosition(x[n] ?? 0, axis);
      row.insertCell().textContent = formatValue(y[n] ?? NaN);
    }
  }
  host.replaceChildren(table);
}

/**
 * @param {MetricSeries[]} series
 * @returns {string} one sentence for the chart's label
 */
export function describe(series) {
  return series
    .map(({ key, value, total }) => {
      const finite = value.filter(Number.isFinite);
      if (!finite.length) return `${key}: no drawable points`;
      const [low, high] = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
      const last = formatValue(value[value.length - 1] ?? NaN);
      const points = `${total.toLocaleString("en-US")} point${total === 1 ? "" : "s"}`;
      return `${key}: ${points}, from ${formatValue(low)} to ${formatValue(high)}, last ${last}`;
    })
    .join("; ");
}
