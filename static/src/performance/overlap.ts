/** The overlap slider of a detector: figures at each overlap come from the server, and are kept. */

import { callJson } from "../call.ts";
import type { Share, ThresholdTable } from "./figures.ts";

/** A figure 0..1 that may be unknown, with its 95% interval. */
export interface Measure {
  value: number | null;
  interval: [number, number] | null;
}

/** `overlap_record` in training/pages/performance_figures.py. */
export interface OverlapFigures extends Omit<ThresholdTable, "tags"> {
  /** Heights of right and wrong, of 32, for each of 25 bins of probability. */
  bars: [right: number, wrong: number][];
  averages: Measure[];
  mean: Measure;
}

const INTERVALS_AFTER_MS = 250;

/** Asks for figures at an overlap; only those of the last asked for are shown, intervals once the slider rests. */
export class OverlapLoader {
  private readonly fetchFigures: (percent: number, withIntervals: boolean) => Promise<OverlapFigures>;
  private readonly show: (figures: OverlapFigures) => void;
  private readonly kept = new Map<number, OverlapFigures>();
  private wanted = -1;
  private isAsking = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    fetchFigures: (percent: number, withIntervals: boolean) => Promise<OverlapFigures>,
    show: (figures: OverlapFigures) => void,
  ) {
    this.fetchFigures = fetchFigures;
    this.show = show;
  }

  /** Show the figures at that overlap, now or as soon as they are here. */
  async want(percent: number): Promise<void> {
    this.wanted = percent;
    clearTimeout(this.timer);
    const kept = this.kept.get(percent);
    if (kept !== undefined) {
      this.show(kept);
      if (kept.mean.interval === null) this.restLater(percent);
      return;
    }
    // One call at a time: those that the slider has passed meanwhile are never asked for.
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const figures = await this.fetchFigures(percent, false);
      this.kept.set(percent, figures);
    } finally {
      this.isAsking = false;
    }
    await this.want(this.wanted);
  }

  private restLater(percent: number): void {
    this.timer = setTimeout(() => void this.fetchIntervals(percent), INTERVALS_AFTER_MS);
  }

  private async fetchIntervals(percent: number): Promise<void> {
    const figures = await this.fetchFigures(percent, true).catch(() => null);
    if (figures === null) return;
    this.kept.set(percent, figures);
    if (this.wanted === percent) this.show(figures);
  }
}

/** Ask the address of the slider. Throws CallError. */
export function figuresFrom(address: string): (percent: number, withIntervals: boolean) => Promise<OverlapFigures> {
  return (percent, withIntervals) =>
    callJson<OverlapFigures>("GET", `${address}?overlap=${percent}${withIntervals ? "&intervals=1" : ""}`);
}

/** Precision over recall as a path in a square of `side`: a point a threshold, where there is one. */
export function curvePath(shares: { precision: Share; recall: Share }[], side: number): string {
  const points = shares
    .filter(({ precision, recall }) => precision.interval !== null && recall.interval !== null)
    .map(({ precision, recall }) => `${(recall.value * side).toFixed(1)} ${((1 - precision.value) * side).toFixed(1)}`);
  return points.length === 0 ? "" : `M${points.join("L")}`;
}
