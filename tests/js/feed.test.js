import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Feed } from "../../static/js/chart/feed.js";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/**
 * Answers as the server does, each key with one point.
 *
 * @param {string[]} asked every address that was fetched
 */
function serve(asked) {
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    const keys = new URL(String(address), "http://runfold.test").searchParams.getAll("key");
    const header = JSON.stringify({ status: "RUNNING", series: keys.map((key) => ({ key, count: 1, total: 1 })) });
    const padded = header + " ".repeat((8 - ((header.length + 4) % 8)) % 8);
    const bytes = new Uint8Array(4 + padded.length + keys.length * 24);
    new DataView(bytes.buffer).setUint32(0, padded.length, true);
    bytes.set(new TextEncoder().encode(padded), 4);
    return new Response(bytes);
  };
}

test("keys wanted at the same moment share a request", async () => {
  /** @type {string[]} */
  const asked = [];
  serve(asked);
  const feed = new Feed("/data");
  const found = await Promise.all(["a", "b&c", "a"].map((key) => feed.series(key, "step", 100, null)));
  assert.deepEqual(found.map((one) => one?.key), ["a", "b&c", "a"]);
  assert.equal(asked.length, 1);
  assert.equal(feed.status, "RUNNING");
});

test("another axis or range is another request", async () => {
  /** @type {string[]} */
  const asked = [];
  serve(asked);
  const feed = new Feed("/data");
  await Promise.all([
    feed.series("a", "step", 100, null),
    feed.series("a", "relative", 100, { from: 1.5, to: 2.5 }),
  ]);
  assert.equal(asked.length, 2);
  assert.match(asked[1] ?? "", /x=time.*from=1&to=3/);
});

test("a refusal reaches whoever waits", async () => {
  globalThis.fetch = async () => new Response("", { status: 404 });
  await assert.rejects(new Feed("/data").series("a", "step", 10, null), /404/);
});
