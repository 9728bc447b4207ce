import assert from "node:assert/strict";
import { test } from "node:test";

import { ofTag, overall } from "../src/performance/figures.ts";
import type { ThresholdTable } from "../src/performance/sums.ts";

const table: ThresholdTable = {
  pooled: [[13, 2, 5, 25, 4, 9, 1, 2, 3]],
  perTag: [
    [
      [8, 2, 0],
      [5, 0, 5],
    ],
  ],
};

test("overall pools the tags, and its interval knows that an image's tags go together", () => {
  const { precision, recall, right, false: wrong, missed } = overall(table, 0);
  assert.equal(precision.value.toFixed(6), (13 / 15).toFixed(6));
  assert.equal(recall.value.toFixed(6), (13 / 18).toFixed(6));
  assert.deepEqual([right, wrong, missed], [13, 2, 5]);
});

test("a tag has its own figures, from three counts", () => {
  assert.equal(ofTag(table, 0, 1).precision.value, 1);
  assert.equal(ofTag(table, 0, 1).recall.value, 0.5);
  assert.deepEqual(ofTag(table, 0, 0).precision.interval?.map((edge) => Number(edge.toFixed(4))), [0.4902, 0.9433]);
});

test("nothing there is zero, without an interval", () => {
  assert.deepEqual(ofTag(table, 7, 0).precision, { value: 0, interval: null });
});
