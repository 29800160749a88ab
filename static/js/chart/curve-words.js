import { formatValue } from "./format.js";

/**
 * @param {CurveValue} value
 * @returns {string}
 */
export function word(value) {
  if (value === null || value === undefined) return "";
  return formatValue(Number(value));
}

/**
 * @param {Curves} curves
 * @param {CurveGroup} one
 * @returns {string} what the group is called
 */
export function nameOf(curves, one) {
  if (!curves.group_by) return "All runs";
  return one.group === null ? `without ${curves.group_by}` : one.group || "(empty)";
}

/** @param {number} count */
export function runs(count) {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "run" : "runs"}`;
}

/**
 * @param {Curves} curves
 * @param {"median" | "mean"} line
 * @returns {string} one sentence for the chart's label
 */
export function describeCurves(curves, line) {
  const groups = curves.series.map((one) => {
    const last = one[line].findLast((value) => value !== null);
    return `${nameOf(curves, one)}: ${runs(one.run_count)}, last ${line} ${word(last ?? null)}`;
  });
  return `Chart of ${curves.key}. ${groups.join("; ")}. Arrow keys read the curves.`;
}

/**
 * What one group says at one part of the axis.
 *
 * @param {CurveGroup} one
 * @param {number} index
 * @param {"median" | "mean"} line
 * @returns {string} empty where no run has a value
 */
export function valueAt(one, index, line) {
  const count = one.count[index] ?? 0;
  if (!count) return "";
  const middle = word(one[line][index] ?? null);
  if (count === 1) return `${middle} (1 run)`;
  return `${middle} (${word(one.min[index] ?? null)} to ${word(one.max[index] ?? null)}, ${runs(count)})`;
}
