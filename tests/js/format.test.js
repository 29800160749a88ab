import assert from "node:assert/strict";
import test from "node:test";
import { formatPosition, formatSeconds, formatTick, formatValue } from "../../static/js/chart/format.js";

test("values have five significant digits", () => {
  const cases = /** @type {[number, string][]} */ ([
    [0, "0"], [0.1234567, "0.12346"], [1234567, "1,234,567"], [1e-9, "1e-9"], [12345678.9, "1.2346e7"],
    [NaN, "NaN"], [Infinity, "∞"], [-Infinity, "-∞"], [-2.5, "-2.5"],
  ]);
  for (const [value, text] of cases) assert.equal(formatValue(value), text);
});

test("ticks are short", () => {
  const cases = /** @type {[number, string][]} */ ([[0, "0"], [0.30000000000000004, "0.3"], [1500, "1.5k"], [2e6, "2M"], [1e-6, "1e-6"]]);
  for (const [value, text] of cases) assert.equal(formatTick(value), text);
});

test("lengths of time have two units at most", () => {
  const cases = /** @type {[number, string][]} */ ([
    [0.25, "0.25s"], [45, "45s"], [60, "1m"], [200, "3m 20s"], [7170, "1h 59m"], [90000, "1d 1h"], [-5, "-5s"],
  ]);
  for (const [value, text] of cases) assert.equal(formatSeconds(value), text);
});

test("positions say what the axis is", () => {
  assert.equal(formatPosition(1200, "step"), "step 1,200");
  assert.equal(formatPosition(90, "relative"), "after 1m 30s");
});
