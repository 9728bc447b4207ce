import assert from "node:assert/strict";
import { test } from "node:test";

import { ofTag, overall, share, type ThresholdTable } from "../src/performance/figures.ts";

const table: ThresholdTable = {
  truePositives: [[8, 5]],
  falsePositives: [[2, 0]],
  falseNegatives: [[0, 5]],
  tags: ["a", "b"],
};

test("a share has the interval that the server works out", () => {
  const { value, interval } = share(8, 10);
  assert.equal(value, 0.8);
  assert.deepEqual(interval?.map((edge) => Number(edge.toFixed(4))), [0.4902, 0.9433]);
});

test("nothing predicted is zero, without an interval", () => {
  assert.deepEqual(share(0, 0), { value: 0, interval: null });
});

test("overall pools the tags", () => {
  assert.equal(overall(table, 0).precision.value, 13 / 15);
  assert.equal(overall(table, 0).recall.value, 13 / 18);
});

test("a tag has its own figures", () => {
  assert.equal(ofTag(table, 0, 1).precision.value, 1);
  assert.equal(ofTag(table, 0, 1).recall.value, 0.5);
});
