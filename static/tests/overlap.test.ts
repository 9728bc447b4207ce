import assert from "node:assert/strict";
import { test } from "node:test";

import { OverlapLoader } from "../src/performance/overlap.ts";
import type { SliderSums } from "../src/performance/sums.ts";

function figures(percent: number, interval: [number, number] | null): SliderSums {
  const mean = { value: percent / 100, interval };
  const reliability = { bars: [], error: null, predictions: 0 };
  return { pooled: [], perTag: [], bars: [], averages: [], mean, confusion: null, reliability };
}

function server(): { asked: string[]; answer: (percent: number, withIntervals: boolean) => Promise<SliderSums> } {
  const asked: string[] = [];
  const answer = async (percent: number, withIntervals: boolean): Promise<SliderSums> => {
    asked.push(`${percent}${withIntervals ? " intervals" : ""}`);
    await new Promise((settle) => setTimeout(settle, 5));
    return figures(percent, withIntervals ? [0, 1] : null);
  };
  return { asked, answer };
}

test("overlaps that the slider passed while the server answered are not asked for, and only the last is shown", async () => {
  const { asked, answer } = server();
  const shown: number[] = [];
  const loader = new OverlapLoader(answer, ({ mean }) => shown.push(mean.value ?? -1));
  const first = loader.want(31);
  for (const percent of [32, 33, 34]) await loader.want(percent);
  await first;
  assert.deepEqual(asked, ["31", "34"]);
  assert.deepEqual(shown, [0.34]);
});

test("intervals follow once the slider rests, and an overlap that was seen is not asked for again", async () => {
  const { asked, answer } = server();
  const shown: boolean[] = [];
  const loader = new OverlapLoader(answer, ({ mean }) => shown.push(mean.interval !== null));
  await loader.want(40);
  await new Promise((settle) => setTimeout(settle, 400));
  await loader.want(40);
  assert.deepEqual(asked, ["40", "40 intervals"]);
  assert.deepEqual(shown, [false, true, true]);
});

test("a refusal reaches the caller, and the next overlap is asked for all the same", async () => {
  let calls = 0;
  const shown: number[] = [];
  const answer = async (percent: number): Promise<SliderSums> => {
    calls += 1;
    if (calls === 1) throw new Error("away");
    return figures(percent, [0, 1]);
  };
  const loader = new OverlapLoader(answer, ({ mean }) => shown.push(mean.value ?? -1));
  await assert.rejects(loader.want(10), /away/);
  await loader.want(20);
  assert.deepEqual(shown, [0.2]);
});
