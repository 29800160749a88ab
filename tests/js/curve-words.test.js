import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCurves, nameOf, valueAt, word } from "../../static/js/chart/curve-words.js";

/** @type {CurveGroup} */
const one = { group: "tree", run_count: 3, count: [3, 1, 0], min: [1, 4, null], max: [3, 4, null], mean: [2, 4, null], median: [2, 4, null] };

/** @param {Partial<Curves>} more */
function curves(more = {}) {
  return { key: "loss", group_by: "params.model", step: [0, 1, 2], to_step: 2, series: [one], ...more };
}

test("a group is called by its value, or by what it lacks", () => {
  assert.equal(nameOf(curves(), one), "tree");
  assert.equal(nameOf(curves(), { ...one, group: null }), "without params.model");
  assert.equal(nameOf(curves(), { ...one, group: "" }), "(empty)");
  assert.equal(nameOf(curves({ group_by: "" }), { ...one, group: null }), "All runs");
});

test("a place says the line, the band and how many runs", () => {
  assert.equal(valueAt(one, 0, "median"), "2 (1 to 3, 3 runs)");
  assert.equal(valueAt(one, 1, "mean"), "4 (1 run)");
  assert.equal(valueAt(one, 2, "mean"), "");
});

test("words of values", () => {
  assert.equal(word(null), "");
  assert.equal(word("-Infinity"), "-∞");
  assert.equal(word(0.123456), "0.12346");
});

test("the label speaks of every group and its last value", () => {
  assert.equal(describeCurves(curves(), "median"), "Chart of loss. tree: 3 runs, last median 4. Arrow keys read the curves.");
});
