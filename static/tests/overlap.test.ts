import assert from "node:assert/strict";
import { test } from "node:test";

import { curvePath, type OverlapFigures, OverlapLoader } from "../src/performance/overlap.ts";

function figures(percent: number, interval: [number, number] | null): OverlapFigures {
  const mean = { value: percent / 100, interval };
  return { truePositives: [], falsePositives: [], falseNegatives: [], bars: [], averages: [], mean };
}

function server(): { asked: string[]; answer: (percent: number, withIntervals: boolean) => Promise<OverlapFigures> } {
  const asked: string[] = [];
  const answer = async (percent: number, withIntervals: boolean): Promise<OverlapFigures> => {
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
  const answer = async (percent: number): Promise<OverlapFigures> => {
    calls += 1;
    if (calls === 1) throw new Error("away");
    return figures(percent, [0, 1]);
  };
  const loader = new OverlapLoader(answer, ({ mean }) => shown.push(mean.value ?? -1));
  await assert.rejects(loader.want(10), /away/);
  await loader.want(20);
  assert.deepEqual(shown, [0.2]);
});

test("the curve leaves out thresholds without predictions", () => {
  const share = (value: number, isKnown = true) => ({ value, interval: isKnown ? ([0, 1] as [number, number]) : null });
  const path = curvePath([{ precision: share(0.5), recall: share(1) }, { precision: share(0, false), recall: share(0) }], 200);
  assert.equal(path, "M200.0 100.0");
});
