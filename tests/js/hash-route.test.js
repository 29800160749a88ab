import assert from "node:assert/strict";
import test from "node:test";
import { pathOfHash } from "../../static/js/hash-route.js";

test("links that the stock client prints name a page", () => {
  assert.equal(pathOfHash("#/experiments/1/runs/0a1b"), "/runs/0a1b");
  assert.equal(pathOfHash("#/experiments/1/runs/0a1b/model-metrics"), "/runs/0a1b");
  assert.equal(pathOfHash("#/experiments/12"), "/experiments/12");
  assert.equal(pathOfHash("#/experiments/12?searchFilter=x"), "/experiments/12");
  assert.equal(pathOfHash("#/models/fare/versions/3"), "/models/fare/versions/3");
  assert.equal(pathOfHash("#/models/fare"), "/models/fare");
});

test("anything else stays where it is", () => {
  for (const hash of ["", "#", "#new-project", "#/", "#/elsewhere/1", "#//evil.test/experiments/1"]) {
    assert.equal(pathOfHash(hash), null);
  }
});

test("a path never leaves the project", () => {
  assert.equal(pathOfHash("#/experiments/1/runs/..%2f..%2fother"), "/runs/..%2f..%2fother");
  assert.equal(pathOfHash("#/experiments/1/runs/../../x"), "/runs/..");
});
