import assert from "node:assert/strict";
import test from "node:test";
import { align, lineOf } from "../../static/js/chart/lines.js";

/**
 * @param {number[]} x
 * @param {number[]} y
 */
const line = (x, y) => ({ x: Float64Array.from(x), y: Float64Array.from(y) });
const series = {
  key: "loss",
  total: 3,
  step: Float64Array.from([0, 1, 2]),
  time: Float64Array.from([5000, 4000, 6000]),
  value: Float64Array.from([3, 2, 1]),
};

test("lineOf gives steps, or seconds in the order of time", () => {
  assert.deepEqual([...lineOf(series, "step", 0).x], [0, 1, 2]);
  const relative = lineOf(series, "relative", 4000);
  assert.deepEqual([...relative.x], [0, 1, 2]);
  assert.deepEqual([...relative.y], [2, 3, 1]);
  assert.deepEqual([...lineOf(series, "time", 4000).x], [4, 5, 6]);
});

test("align draws through where another line alone has a point, and leaves a gap where a value is missing", () => {
  const { x, columns } = align([line([0, 2], [1, NaN]), line([0, 1], [5, 6])], Number.isFinite);
  assert.deepEqual(x, [0, 1, 2]);
  assert.deepEqual(columns, [[1, undefined, null], [5, 6, undefined]]);
});

test("align keeps several points at the same x", () => {
  const { x, columns } = align([line([1, 1, 1], [3, 4, 5])], Number.isFinite);
  assert.deepEqual(x, [1, 1, 1]);
  assert.deepEqual(columns, [[3, 4, 5]]);
});

test("align of nothing is empty", () => {
  assert.deepEqual(align([], Number.isFinite), { x: [], columns: [] });
});
