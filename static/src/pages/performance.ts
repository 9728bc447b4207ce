/** The Performance page: the slider recomputes at once, the table sorts, the threshold stays in the address. */

import { type Share, type ThresholdTable, ofTag, overall } from "../performance/figures";
import { listenForPredictionUrl } from "../performance/prediction_url";
import { listenForSorting } from "../performance/sorting";
import { drawWhisker } from "../performance/whisker";

const CURVE_SIDE = 200;

function readTable(): ThresholdTable | null {
  const holder = document.getElementById("threshold-table");
  return holder?.textContent ? (JSON.parse(holder.textContent) as ThresholdTable) : null;
}

const percentOf = (fraction: number, decimals = 1): string => (fraction * 100).toFixed(decimals);

function setText(holder: Element | null, selector: string, text: string): void {
  const place = holder?.querySelector(selector);
  if (place && place.textContent !== text) place.textContent = text;
}

function showRing(key: string, measure: Share): void {
  const holder = document.querySelector(`[data-measure="${key}"]`);
  setText(holder, "[data-value]", percentOf(measure.value));
  holder?.querySelector(".arc")?.setAttribute("stroke-dasharray", `${measure.value * 100} 100`);
  const [low, high] = measure.interval ?? [0, 0];
  const interval = holder?.querySelector(".arc-ci");
  interval?.setAttribute("stroke-dasharray", `${(high - low) * 100} 100`);
  interval?.setAttribute("stroke-dashoffset", `${-low * 100}`);
  const words = measure.interval
    ? `95% sure: ${percentOf(low)} to ${percentOf(high)}`
    : "Nothing to measure at this threshold";
  setText(holder, "[data-interval]", words);
}

function showCell(row: Element, key: string, measure: Share): void {
  const cell = row.querySelector(`[data-cell="${key}"]`);
  setText(cell, "[data-value]", percentOf(measure.value));
  const words = measure.interval
    ? `${percentOf(measure.interval[0], 0)} to ${percentOf(measure.interval[1], 0)}`
    : "none predicted";
  setText(cell, "[data-interval]", words);
  drawWhisker(cell, measure.value, measure.interval);
}

function showWrong(row: HTMLElement, count: number): void {
  row.dataset.wrong = String(count);
  const place = row.querySelector('[data-cell="wrong"] [data-value]');
  if (!place) return;
  place.textContent = String(count);
  if (place.hasAttribute("aria-label")) {
    place.setAttribute("aria-label", `Images that are wrong about ${row.dataset.name}: ${count}`);
  }
}

/** Links that lead on from here keep the threshold. */
function passOn(percent: number): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-with-threshold]")) {
    const address = new URL(link.href);
    address.searchParams.set("threshold", String(percent));
    link.href = address.href;
  }
}

function show(table: ThresholdTable, percent: number): void {
  const all = overall(table, percent);
  showRing("precision", all.precision);
  showRing("recall", all.recall);
  for (const row of document.querySelectorAll<HTMLElement>("[data-tag-id]")) {
    const column = table.tags.indexOf(row.dataset.tagId ?? "");
    const figures = ofTag(table, percent, column);
    row.dataset.precision = String(figures.precision.value);
    row.dataset.recall = String(figures.recall.value);
    showCell(row, "precision", figures.precision);
    showCell(row, "recall", figures.recall);
    showWrong(row, figures.wrong);
  }
  const point = document.getElementById("curve-point");
  point?.setAttribute("cx", String(all.recall.value * CURVE_SIDE));
  point?.setAttribute("cy", String((1 - all.precision.value) * CURVE_SIDE));
  point?.setAttribute("visibility", all.precision.interval ? "visible" : "hidden");
}

function listenForThreshold(table: ThresholdTable): void {
  const slider = document.getElementById("threshold") as HTMLInputElement | null;
  const field = document.getElementById("threshold-value") as HTMLInputElement | null;
  if (!slider || !field) return;
  const set = (value: number) => {
    const percent = Math.min(100, Math.max(0, Math.round(value) || 0));
    slider.value = String(percent);
    if (document.activeElement !== field) field.value = String(percent);
    show(table, percent);
    const address = new URL(location.href);
    address.searchParams.set("threshold", String(percent));
    history.replaceState(history.state, "", address);
    passOn(percent);
  };
  slider.addEventListener("input", () => set(slider.valueAsNumber));
  slider.addEventListener("keydown", (event) => {
    const step = event.key === "PageUp" ? 10 : event.key === "PageDown" ? -10 : 0;
    if (!step) return;
    event.preventDefault();
    set(slider.valueAsNumber + step);
  });
  field.addEventListener("input", () => set(field.valueAsNumber));
  field.addEventListener("blur", () => {
    field.value = slider.value;
  });
  show(table, slider.valueAsNumber);
  for (const cell of document.querySelectorAll<HTMLElement>('[data-cell="ap"]')) {
    const value = Number(cell.closest("tr")?.dataset.ap);
    const { low, high } = cell.dataset;
    drawWhisker(cell, value, low && high ? [Number(low), Number(high)] : null);
  }
}

const table = readTable();
if (table) listenForThreshold(table);
const byTag = document.getElementById("tag-table") as HTMLTableElement | null;
if (byTag) {
  listenForSorting(byTag, (row, key) => (key === "name" ? (row.dataset.name ?? "") : Number(row.dataset[key] ?? 0)));
}
listenForPredictionUrl();
document.body.addEventListener("training-ended", () => location.reload());
