/** Figures put into the page's places: rings, cells, the curve and the bars above the slider. */

import type { Share, ThresholdTable } from "./figures.ts";
import { ofTag, overall } from "./figures.ts";
import { curvePath, type Measure, type OverlapFigures } from "./overlap.ts";
import { drawWhisker } from "./whisker.ts";

const CURVE_SIDE = 200;
const BAR_HEIGHT = 32;
const STEPS = 101;
const UNKNOWN = "–";

const percentOf = (fraction: number, decimals = 1): string => (fraction * 100).toFixed(decimals);

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

function showWrong(row: HTMLElement, count: number): void {
  row.dataset.wrong = String(count);
  const place = row.querySelector<HTMLElement>('[data-cell="wrong"] [data-value]');
  if (!place) return;
  place.textContent = String(count);
  if (place.dataset.words) place.setAttribute("aria-label", `${place.dataset.words}: ${count}`);
}

/** What a probability threshold changes. */
export function showThreshold(table: ThresholdTable, percent: number): void {
  const all = overall(table, percent);
  showRing("precision", all.precision, "Nothing to measure at this threshold");
  showRing("recall", all.recall, "Nothing to measure at this threshold");
  for (const row of document.querySelectorAll<HTMLElement>("[data-tag-id]")) {
    const figures = ofTag(table, percent, table.tags.indexOf(row.dataset.tagId ?? ""));
    row.dataset.precision = String(figures.precision.value);
    row.dataset.recall = String(figures.recall.value);
    showCell(row, "precision", figures.precision, "none predicted");
    showCell(row, "recall", figures.recall, "none predicted");
    showWrong(row, figures.wrong);
  }
  const point = document.getElementById("curve-point");
  point?.setAttribute("cx", String(all.recall.value * CURVE_SIDE));
  point?.setAttribute("cy", String((1 - all.precision.value) * CURVE_SIDE));
  point?.setAttribute("visibility", all.precision.interval ? "visible" : "hidden");
}

/** What an overlap changes beside that: average precisions, the curve and its table, the bars. */
export function showOverlap(figures: OverlapFigures, table: ThresholdTable): void {
  showRing("ap", figures.mean, figures.mean.value === null ? "Nothing to measure" : "Measuring the interval");
  for (const row of document.querySelectorAll<HTMLElement>("[data-tag-id]")) {
    const average = figures.averages[table.tags.indexOf(row.dataset.tagId ?? "")];
    if (average === undefined) continue;
    row.dataset.ap = String(average.value ?? -1);
    showCell(row, "ap", average, "");
  }
  const shares = Array.from({ length: STEPS }, (_, percent) => overall(table, percent));
  document.getElementById("curve")?.setAttribute("d", curvePath(shares, CURVE_SIDE));
  for (const row of document.querySelectorAll<HTMLTableRowElement>("#curve-table [data-percent]")) {
    showCurveRow(row, shares[Number(row.dataset.percent)]);
  }
  showBars(figures.bars);
}

function showCurveRow(row: HTMLTableRowElement, shares: { precision: Share; recall: Share } | undefined): void {
  const [, recall, precision] = row.cells;
  if (!shares || !recall || !precision) return;
  recall.textContent = percentOf(shares.recall.value);
  precision.textContent = shares.precision.interval ? percentOf(shares.precision.value) : UNKNOWN;
}

function showBars(bars: OverlapFigures["bars"]): void {
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
