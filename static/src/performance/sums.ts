/** What the server reckons once for all positions of the sliders. */

import type { Sums } from "./intervals.ts";

/** A figure 0..1 that may be unknown, with its 95% interval. */
export interface Measure {
  value: number | null;
  interval: [low: number, high: number] | null;
}

/** Sums over images at each whole percent of the threshold. */
export interface ThresholdTable {
  /** [percent], the nine of intervals.ts: all tags together. */
  pooled: Sums[];
  /** [percent][tag], of a detector; of a classifier right, false and missed alone. */
  perTag: Sums[][];
}

/** Row and column (the last is nothing), then percent and count at each change, from 0 before the first. */
export type ConfusionCell = [row: number, column: number, ...changes: number[]];

export interface Reliability {
  bars: { count: number; probability: number; right: number; interval: [number, number] }[];
  /** Expected calibration error 0..1. */
  error: number | null;
  predictions: number;
}

/** `sums_record` in training/pages/performance_figures.py. */
export interface SliderSums extends ThresholdTable {
  /** Heights of right and wrong, of 32, for each of 25 bins of probability. */
  bars: [right: number, wrong: number][];
  averages: Measure[];
  mean: Measure;
  confusion: ConfusionCell[] | null;
  reliability: Reliability;
}

export const STEPS = 101;
export const UNKNOWN = "–";

export const percentOf = (fraction: number, decimals = 1): string => (fraction * 100).toFixed(decimals);
