/** Figures put into the page's places: rings, the table by tag, and the bars above the slider. */

import { type Figures, ofTag, overall } from "./figures.ts";
import { type Measure, percentOf, type SliderSums, UNKNOWN } from "./sums.ts";
import { drawWhisker } from "./whisker.ts";

const BAR_HEIGHT = 32;
const NOTHING = "Nothing to measure at this threshold";

function setText(holder: Element | null, selector: string, text: string): void {
  const place = holder?.querySelector(selector);
  if (place && place.textContent !== text) place.textContent = text;
}

function showRing(key: string, measure: Measure, unknown: string): void {
  const holder = document.querySelector(`[data-measure="${key}"]`);
  setText(holder, "[data-value]", measure.value === null ? UNKNOWN : percentOf(measure.value));
  holder?.querySelector(".arc")?.setAttribute("stroke-dasharray", `${(measure.value ?? 0) * 100} 100`);
  const [low, high] = measure.interval ?? [0, 0];
  const interval = holder?.querySelector(".arc-ci");
  interval?.setAttribute("stroke-dasharray", `${(high - low) * 100} 100`);
  interval?.setAttribute("stroke-dashoffset", `${-low * 100}`);
  const words = measure.interval ? `95% sure: ${percentOf(low)} to ${percentOf(high)}` : unknown;
  setText(holder, "[data-interval]", words);
}

function showCell(row: Element, key: string, measure: Measure, unknown: string): void {
  const cell = row.querySelector(`[data-cell="${key}"]`);
  setText(cell, "[data-value]", measure.value === null ? UNKNOWN : percentOf(measure.value));
  const words = measure.interval ? `${percentOf(measure.interval[0], 0)} to ${percentOf(measure.interval[1], 0)}` : unknown;
  setText(cell, "[data-interval]", words);
  drawWhisker(cell, measure.value ?? 0, measure.interval);
}

const COUNTS = ["right", "false", "missed"] as const;

function showCounts(row: HTMLElement, figures: Figures): void {
  for (const key of COUNTS) {
    const count = figures[key];
    row.dataset[key] = String(count);
    const place = row.querySelector<HTMLElement>(`[data-cell="${key}"] [data-count]`);
    if (!place || place.textContent === String(count)) continue;
    place.textContent = String(count);
    if (place.dataset.words) place.setAttribute("aria-label", `${place.dataset.words}: ${count}`);
  }
}

function showOverall(figures: Figures): void {
  for (const key of ["precision", "recall", "f1"] as const) showRing(key, figures[key], NOTHING);
  for (const key of COUNTS) {
    setText(document.getElementById("overall-counts"), `[data-count="${key}"]`, figures[key].toLocaleString("en"));
  }
  const silent = document.getElementById("nothing-predicted");
  if (silent) silent.hidden = figures.right + figures.false > 0;
}

/** What a probability threshold changes. */
export function showThreshold(sums: SliderSums, tags: string[], percent: number): void {
  showOverall(overall(sums, percent));
  for (const row of document.querySelectorAll<HTMLElement>("[data-tag-id]")) {
    const figures = ofTag(sums, percent, tags.indexOf(row.dataset.tagId ?? ""));
    for (const key of ["precision", "recall", "f1"] as const) {
      row.dataset[key] = String(figures[key].value);
      showCell(row, key, figures[key], key === "precision" ? "none predicted" : "");
    }
    showCounts(row, figures);
  }
}

/** What an overlap changes beside that: average precisions and the bars. */
export function showOverlap(sums: SliderSums, tags: string[]): void {
  showRing("ap", sums.mean, sums.mean.value === null ? "Nothing to measure" : "Measuring the interval");
  for (const row of document.querySelectorAll<HTMLElement>("[data-tag-id]")) {
    const average = sums.averages[tags.indexOf(row.dataset.tagId ?? "")];
    if (average === undefined) continue;
    row.dataset.ap = String(average.value ?? -1);
    showCell(row, "ap", average, "");
  }
  showBars(sums.bars);
}

function showBars(bars: SliderSums["bars"]): void {
  const drawn = document.querySelectorAll(".spread rect");
  for (const [index, [right, wrong]] of bars.entries()) {
    for (const [bar, height] of [[drawn[2 * index], wrong], [drawn[2 * index + 1], right]] as const) {
      bar?.setAttribute("y", String(BAR_HEIGHT - height));
      bar?.setAttribute("height", String(height));
    }
  }
}

/** Whiskers of the average precisions that the server wrote. */
export function drawAverages(): void {
  for (const cell of document.querySelectorAll<HTMLElement>('[data-cell="ap"]')) {
    const value = Number(cell.closest("tr")?.dataset.ap);
    const { low, high } = cell.dataset;
    drawWhisker(cell, value, low && high ? [Number(low), Number(high)] : null);
  }
}
