import assert from "node:assert/strict";
import test from "node:test";
import { relativeTime } from "../../static/js/relative-time.js";

test("moments are said in the largest unit that fits", () => {
  const now = Date.UTC(2026, 0, 31);
  const seconds = (/** @type {number} */ ago) => relativeTime(now - ago * 1000, now);
  assert.equal(seconds(2), "just now");
  assert.equal(seconds(42), "42 sec. ago");
  assert.equal(seconds(150), "2 min. ago");
  assert.equal(seconds(3 * 3600), "3 hr. ago");
  assert.equal(seconds(86400), "yesterday");
  assert.equal(seconds(-7200), "in 2 hr.");
});
