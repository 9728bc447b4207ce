import assert from "node:assert/strict";
import { test } from "node:test";

import { Matrix, shade } from "../src/performance/matrix.ts";

test("a count holds from one change to the next, and is nothing before the first", () => {
  const matrix = new Matrix(
    [
      [0, 1, 0, 3, 31, 1],
      [2, 2, 100, 7],
    ],
    2,
  );
  assert.equal(matrix.size, 3);
  assert.deepEqual([0, 30, 31, 100].map((percent) => matrix.at(percent, 0, 1)), [3, 3, 1, 1]);
  assert.deepEqual([99, 100].map((percent) => matrix.at(percent, 2, 2)), [0, 7]);
  assert.equal(matrix.at(50, 1, 0), 0);
});

test("a cell is as dark as its share of the row, and any count is seen", () => {
  assert.deepEqual([shade(0, 10), shade(1, 1000), shade(5, 10), shade(10, 10), shade(0, 0)], [0, 1, 3, 5, 0]);
});
