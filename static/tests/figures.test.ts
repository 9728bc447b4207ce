import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { figures, ofTag, overall, share } from "../src/performance/figures.ts";
import type { ThresholdTable } from "../src/performance/sums.ts";

const table: ThresholdTable = {
  truePositives: [[8, 5]],
  falsePositives: [[2, 0]],
  falseNegatives: [[0, 5]],
};

interface Case {
  counts: [right: number, wrong: number, missed: number];
  figures: Record<"precision" | "recall" | "f1", { value: number; interval: [number, number] | null }>;
}

// The server's tests read the same file: tests/training/test_report_parts.py.
const cases = JSON.parse(readFileSync(new URL("./figure_cases.json", import.meta.url), "utf8")) as Case[];

test("figures and intervals are those that the server works out", () => {
  const rounded = (edge: number): number => Number(edge.toFixed(6));
  assert.ok(cases.length >= 6);
  for (const { counts, figures: expected } of cases) {
    const own = figures(...counts);
    for (const name of ["precision", "recall", "f1"] as const) {
      assert.equal(rounded(own[name].value), rounded(expected[name].value), `${name} of ${counts}`);
      assert.deepEqual(own[name].interval?.map(rounded) ?? null, expected[name].interval?.map(rounded) ?? null, `${counts}`);
    }
  }
});

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
  assert.deepEqual([overall(table, 0).right, overall(table, 0).false, overall(table, 0).missed], [13, 2, 5]);
});

test("a tag has its own figures", () => {
  assert.equal(ofTag(table, 0, 1).precision.value, 1);
  assert.equal(ofTag(table, 0, 1).recall.value, 0.5);
});
