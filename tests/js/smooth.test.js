import assert from "node:assert/strict";
import test from "node:test";
import { smooth } from "../../static/js/chart/smooth.js";

/** @param {number[]} y */
const line = (y) => ({ x: Float64Array.from(y.keys()), y: Float64Array.from(y) });

test("a weight of nothing changes nothing", () => {
  assert.deepEqual([...smooth(line([3, 1, 2]), 0).y], [3, 1, 2]);
});

test("a constant stays what it is", () => {
  for (const value of smooth(line([4, 4, 4, 4]), 0.9).y) assert.ok(Math.abs(value - 4) < 1e-12);
});

test("an alternation is drawn together", () => {
  const smoothed = smooth(line(Array.from({ length: 200 }, (_, n) => n % 2)), 0.95).y;
  const last = smoothed[smoothed.length - 1] ?? NaN;
  assert.ok(Math.abs(last - 0.5) < 0.05);
});

test("missing values stay missing and do not spoil what follows", () => {
  const [first, missing, third] = smooth(line([1, NaN, 1]), 0.5).y;
  assert.equal(first, 1);
  assert.ok(Number.isNaN(missing));
  assert.ok(Math.abs((third ?? 0) - 1) < 1e-12);
});
