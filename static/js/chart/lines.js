/**
 * A series as a line over the chosen axis, ordered by x.
 *
 * @param {MetricSeries} series
 * @param {AxisMode} axis
 * @param {number} startMs where relative time begins
 * @returns {Line} x in steps, in seconds since the start, or in seconds since the epoch
 */
export function lineOf(series, axis, startMs) {
  if (axis === "step") return inOrder(series.step, series.value);
  const origin = axis === "relative" ? startMs : 0;
  return inOrder(series.time.map((at) => (at - origin) / 1000), series.value);
}

/**
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @returns {Line}
 */
function inOrder(x, y) {
  if (x.every((at, n) => n === 0 || at >= /** @type {number} */ (x[n - 1]))) return { x, y };
  const order = Array.from(x.keys()).sort((a, b) => /** @type {number} */ (x[a]) - /** @type {number} */ (x[b]));
  return { x: Float64Array.from(order, (n) => x[n] ?? NaN), y: Float64Array.from(order, (n) => y[n] ?? NaN) };
}

/**
 * Lines over one shared x, as uPlot wants them: `undefined` where another line has a point and this one none (drawn
 * through), `null` where this line has a point that cannot be drawn (a gap). Points of one line at the same x all stay.
 *
 * @param {Line[]} lines each ordered by x
 * @param {(value: number) => boolean} drawable
 * @returns {{ x: number[], columns: (number | null | undefined)[][] }}
 */
export function align(lines, drawable) {
  const at = lines.map(() => 0);
  /** @type {number[]} */
  const x = [];
  const columns = lines.map(() => /** @type {(number | null | undefined)[]} */ ([]));
  for (;;) {
    let next = Infinity;
    for (const [n, line] of lines.entries()) next = Math.min(next, line.x[at[n] ?? 0] ?? Infinity);
    if (next === Infinity) return { x, columns };
    x.push(next);
    for (const [n, line] of lines.entries()) {
      const position = at[n] ?? 0;
      const value = line.y[position];
      if (line.x[position] !== next || value === undefined) {
        columns[n]?.push(undefined);
        continue;
      }
      columns[n]?.push(drawable(value) ? value : null);
      at[n] = position + 1;
    }
  }
}
