import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { f1Of, oneEach, precisionOf, recallOf, type Share, type Sums } from "../src/performance/intervals.ts";

type Expected = [value: number, interval: [number, number] | null];

interface Case {
  name: string;
  sums: Sums;
  precision: Expected;
  recall: Expected;
  f1: Expected;
}

// The server's own numbers: tests/training/statistics/test_ratios.py reads the same file.
const cases: Case[] = JSON.parse(readFileSync(new URL("intervals_cases.json", import.meta.url), "utf8"));

function assertIs(found: Share, [value, interval]: Expected): void {
  const close = (one: number, other: number) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);
  close(found.value, value);
  if (!interval || !found.interval) return assert.equal(found.interval, interval);
  close(found.interval[0], interval[0]);
  close(found.interval[1], interval[1]);
}

for (const { name, sums, precision, recall, f1 } of cases) {
  test(`${name}: as the server reckons`, () => {
    assertIs(precisionOf(sums), precision);
    assertIs(recallOf(sums), recall);
    assertIs(f1Of(sums), f1);
  });
}

test("a tag of a classifier has Wilson's interval", () => {
  const { value, interval } = recallOf(oneEach(8, 1, 2));
  assert.equal(value, 0.8);
  assert.deepEqual(interval?.map((edge) => Number(edge.toFixed(4))), [0.4902, 0.9433]);
});
