/** The curves of all tags or of one, with the current threshold marked, and their table. */

import { costs, curvePath, linePath, sweep } from "./curves.ts";
import type { Figures } from "./figures.ts";
import { percentOf, type SliderSums, UNKNOWN } from "./sums.ts";

const CURVE_SIDE = 200;
const SWEEP_WIDTH = 300;
const SWEEP_HEIGHT = 200;

export class CurvesView {
  private readonly tags: string[];
  private readonly select = document.getElementById("curve-tag") as HTMLSelectElement | null;
  private readonly missCost = document.getElementById("miss-cost") as HTMLInputElement | null;
  private readonly falseCost = document.getElementById("false-cost") as HTMLInputElement | null;
  private sums: SliderSums;
  private points: Figures[] = [];
  private costs: number[] = [];
  private percent: number;

  constructor(sums: SliderSums, tags: string[], percent: number) {
    this.sums = sums;
    this.tags = tags;
    this.percent = percent;
    for (const field of [this.select, this.missCost, this.falseCost]) {
      field?.addEventListener("input", () => this.draw());
    }
    this.draw();
  }

  showSums(sums: SliderSums): void {
    this.sums = sums;
    this.draw();
  }

  /** Mark another threshold; the curves stay. */
  showPercent(percent: number): void {
    this.percent = percent;
    const point = this.points[percent];
    if (!point) return;
    const dot = document.getElementById("curve-point");
    dot?.setAttribute("cx", String(point.recall.value * CURVE_SIDE));
    dot?.setAttribute("cy", String((1 - point.precision.value) * CURVE_SIDE));
    dot?.setAttribute("visibility", point.precision.interval && point.recall.interval ? "visible" : "hidden");
    const x = (percent * SWEEP_WIDTH) / 100;
    document.getElementById("sweep-mark")?.setAttribute("d", `M${x} 0V${SWEEP_HEIGHT}`);
    const precision = point.precision.interval ? percentOf(point.precision.value) : UNKNOWN;
    const at = `${this.name()} at ${percent}%: `;
    write("curve-words", `${at}precision ${precision}, recall ${percentOf(point.recall.value)}.`);
    const cost = (this.costs[percent] ?? 0).toLocaleString("en", { maximumFractionDigits: 1 });
    const best = this.bestPercent();
    const words = best === null ? "" : ` Highest F1 at ${best}%: ${percentOf(this.points[best]?.f1.value ?? 0)}.`;
    write("sweep-words", `${at}F1 ${percentOf(point.f1.value)}, cost ${cost}.${words}`);
  }

  private draw(): void {
    const tag = this.select?.value ?? "";
    this.points = sweep(this.sums, tag === "" ? null : this.tags.indexOf(tag));
    this.costs = costs(this.points, numberIn(this.missCost), numberIn(this.falseCost));
    const highest = Math.max(...this.costs) || 1;
    document.getElementById("curve")?.setAttribute("d", curvePath(this.points, CURVE_SIDE));
    this.line("precision", this.points.map(({ precision }) => (precision.interval ? precision.value : null)));
    this.line("recall", this.points.map(({ recall }) => (recall.interval ? recall.value : null)));
    this.line("f1", this.points.map(({ f1 }) => (f1.interval ? f1.value : null)));
    this.line("cost", this.costs.map((cost) => cost / highest));
    for (const row of document.querySelectorAll<HTMLTableRowElement>("#curve-table [data-percent]")) this.fill(row);
    this.showPercent(this.percent);
  }

  private line(name: string, values: (number | null)[]): void {
    const line = document.querySelector(`.sweep [data-line="${name}"]`);
    line?.setAttribute("d", linePath(values, SWEEP_WIDTH, SWEEP_HEIGHT));
  }

  private fill(row: HTMLTableRowElement): void {
    const percent = Number(row.dataset.percent);
    const point = this.points[percent];
    if (!point) return;
    const texts = [
      point.precision.interval ? percentOf(point.precision.value) : UNKNOWN,
      percentOf(point.recall.value),
      percentOf(point.f1.value),
      (this.costs[percent] ?? 0).toLocaleString("en", { maximumFractionDigits: 1 }),
      ...[point.right, point.false, point.missed].map((count) => count.toLocaleString("en")),
    ];
    for (const [index, text] of texts.entries()) {
      const cell = row.cells[index + 1];
      if (cell) cell.textContent = text;
    }
  }

  private name(): string {
    const option = this.select?.selectedOptions[0]?.textContent ?? "all tags";
    return option === "all tags" ? "All tags" : option;
  }

  private bestPercent(): number | null {
    const highest = Math.max(...this.points.map(({ f1 }) => f1.value));
    return highest > 0 ? this.points.findIndex(({ f1 }) => f1.value === highest) : null;
  }
}

function numberIn(field: HTMLInputElement | null): number {
  const value = field?.valueAsNumber ?? 0;
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function write(id: string, text: string): void {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
}
