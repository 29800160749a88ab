import assert from "node:assert/strict";
import test from "node:test";
import { decodeChartData } from "../../static/js/chart/decode.js";

/**
 * @param {object} header
 * @param {number[]} numbers
 */
function encoded(header, numbers) {
  let text = JSON.stringify(header);
  text += " ".repeat((8 - ((text.length + 4) % 8)) % 8);
  const buffer = new ArrayBuffer(4 + text.length + 8 * numbers.length);
  new DataView(buffer).setUint32(0, text.length, true);
  new Uint8Array(buffer, 4, text.length).set(new TextEncoder().encode(text));
  new Float64Array(buffer, 4 + text.length).set(numbers);
  return buffer;
}

test("series come out in order, each with step, time and value", () => {
  const header = { status: "RUNNING", series: [{ key: "a", count: 2, total: 9 }, { key: "b", count: 1, total: 1 }] };
  const { status, series } = decodeChartData(encoded(header, [0, 1, 10, 11, 0.5, NaN, 7, 70, Infinity]));
  assert.equal(status, "RUNNING");
  assert.deepEqual(series.map(({ key, total }) => [key, total]), [["a", 9], ["b", 1]]);
  assert.deepEqual([...(series[0]?.step ?? [])], [0, 1]);
  assert.deepEqual([...(series[0]?.time ?? [])], [10, 11]);
  assert.deepEqual([...(series[0]?.value ?? [])], [0.5, NaN]);
  assert.deepEqual([...(series[1]?.value ?? [])], [Infinity]);
});

test("a metric without points has empty arrays", () => {
  const { series } = decodeChartData(encoded({ status: "FINISHED", series: [{ key: "a", count: 0, total: 0 }] }, []));
  assert.equal(series[0]?.value.length, 0);
});

test("an answer that ends early is refused", () => {
  assert.throws(() => decodeChartData(encoded({ status: "", series: [{ key: "a", count: 5, total: 5 }] }, [1, 2])));
});
