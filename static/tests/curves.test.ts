import assert from "node:assert/strict";
import { test } from "node:test";

import { costs, curvePath, linePath, sweep } from "../src/performance/curves.ts";
import { figures } from "../src/performance/figures.ts";

test("the curve leaves out thresholds without predictions", () => {
  assert.equal(curvePath([figures([1, 1, 0]), figures([0, 0, 1])], 200), "M200.0 100.0");
});

test("a line has a point a threshold, and none where there is no figure", () => {
  assert.equal(linePath([1, null, 0.5], 300, 200), "M0.0 0.0L300.0 100.0");
  assert.equal(linePath([null], 300, 200), "");
});

test("a sweep is of all tags or of one, and costs weigh what is missed and false", () => {
  const table = {
    pooled: Array.from({ length: 101 }, () => [13, 2, 5, 25, 4, 9, 1, 2, 3]),
    perTag: Array.from({ length: 101 }, () => [
      [8, 2, 0],
      [5, 0, 5],
    ]),
  };
  assert.equal(sweep(table, null).length, 101);
  assert.equal(sweep(table, null)[0]?.right, 13);
  assert.equal(sweep(table, 1)[100]?.right, 5);
  assert.equal(costs(sweep(table, null), 10, 1)[0], 52);
});
