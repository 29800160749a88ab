/**
 * Exponential moving average, without the bias of a zero start, its weight scaled to the distance between points: a
 * reduced series, whose points stand unevenly, smooths as the full one does. What is not finite is left as it is.
 *
 * @param {Line} line ordered by x
 * @param {number} weight 0 (the line itself) to below 1
 * @returns {Line}
 */
export function smooth({ x, y }, weight) {
  const result = new Float64Array(y.length);
  const span = (x[x.length - 1] ?? 0) - (x[0] ?? 0);
  const usual = span / Math.max(1, x.length - 1);
  let average = 0;
  let mass = 0;
  let before = x[0] ?? 0;
  for (let n = 0; n < y.length; n += 1) {
    const value = y[n] ?? NaN;
    const here = x[n] ?? before;
    if (!Number.isFinite(value)) {
      result[n] = value;
      continue;
    }
    const keep = weight ** (usual > 0 ? Math.max((here - before) / usual, 0.05) : 1);
    average = average * keep + value * (1 - keep);
    mass = mass * keep + (1 - keep);
    result[n] = mass > 0 ? average / mass : value;
    before = here;
  }
  return { x, y: result };
}
