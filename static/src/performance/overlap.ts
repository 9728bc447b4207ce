/** The overlap slider of a detector: figures at each overlap come from the server, and are kept. */

import { callJson } from "../call.ts";
import type { SliderSums } from "./sums.ts";

const INTERVALS_AFTER_MS = 250;

/** Asks for figures at an overlap; only those of the last asked for are shown, intervals once the slider rests. */
export class OverlapLoader {
  private readonly fetchFigures: (percent: number, withIntervals: boolean) => Promise<SliderSums>;
  private readonly show: (figures: SliderSums) => void;
  private readonly kept = new Map<number, SliderSums>();
  private wanted = -1;
  private isAsking = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    fetchFigures: (percent: number, withIntervals: boolean) => Promise<SliderSums>,
    show: (figures: SliderSums) => void,
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
export function figuresFrom(address: string): (percent: number, withIntervals: boolean) => Promise<SliderSums> {
  return (percent, withIntervals) =>
    callJson<SliderSums>("GET", `${address}${address.includes("?") ? "&" : "?"}overlap=${percent}${withIntervals ? "&intervals=1" : ""}`);
}
