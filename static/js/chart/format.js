/**
 * @param {number} value
 * @returns {string} five significant digits, shortest form
 */
export function formatValue(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return trimmed(value.toExponential(4));
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(5)));
}

/** @param {string} exponential */
function trimmed(exponential) {
  return exponential.replace(/\.?0+e/, "e").replace("e+", "e");
}

/**
 * @param {number} value
 * @returns {string} an axis tick: 1200000 is "1.2M", 0.00001 is "1e-5"
 */
export function formatTick(value) {
  const size = Math.abs(value);
  if (size >= 1e13 || (size !== 0 && size < 1e-4)) return trimmed(value.toExponential(2));
  for (const [unit, suffix] of /** @type {const} */ ([[1e9, "G"], [1e6, "M"], [1e3, "k"]])) {
    if (size >= unit) return `${Number((value / unit).toPrecision(6))}${suffix}`;
  }
  return String(Number(value.toPrecision(10)));
}

/**
 * @param {number} seconds
 * @returns {string} such as "45s", "3m 20s", "2h 5m", "3d 4h"
 */
export function formatSeconds(seconds) {
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds < 10) return `${Number(seconds.toPrecision(3))}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const [unit, big, small] = whole < 3600 ? [60, "m", "s"] : whole < 86400 ? [3600, "h", "m"] : [86400, "d", "h"];
  const rest = Math.floor((whole % Number(unit)) / (unit === 60 ? 1 : unit === 3600 ? 60 : 3600));
  return `${Math.floor(whole / Number(unit))}${big}${rest ? ` ${rest}${small}` : ""}`;
}

/**
 * @param {number} x in the units of the axis
 * @param {AxisMode} axis
 * @returns {string} where a point stands, in words
 */
export function formatPosition(x, axis) {
  if (axis === "step") return `step ${x.toLocaleString("en-US")}`;
  if (axis === "relative") return `after ${formatSeconds(x)}`;
  return new Date(x * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}
