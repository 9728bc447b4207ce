/** The confusion matrix at every threshold, from where its counts change. */

import { type ConfusionCell, STEPS } from "./sums.ts";

export class Matrix {
  /** Rows and columns, with the one for nothing. */
  readonly size: number;
  private readonly counts: Int32Array;

  constructor(cells: ConfusionCell[], tagCount: number) {
    this.size = tagCount + 1;
    this.counts = new Int32Array(STEPS * this.size * this.size);
    for (const [row, column, ...changes] of cells) this.fill(row * this.size + column, changes);
  }

  at(percent: number, row: number, column: number): number {
    return this.counts[percent * this.size * this.size + row * this.size + column] ?? 0;
  }

  private fill(place: number, changes: number[]): void {
    const area = this.size * this.size;
    for (let index = 0; index < changes.length; index += 2) {
      const [from, count] = [changes[index] ?? 0, changes[index + 1] ?? 0];
      const to = changes[index + 2] ?? STEPS;
      for (let percent = from; percent < to; percent += 1) this.counts[percent * area + place] = count;
    }
  }
}

/** How dark a cell is, 0 to 5: its share of its row. */
export function shade(count: number, rowTotal: number): number {
  return count === 0 || rowTotal === 0 ? 0 : Math.max(1, Math.ceil((count / rowTotal) * 5));
}
