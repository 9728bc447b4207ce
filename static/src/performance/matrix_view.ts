/** The matrix's table: each number a link to its images. */

import { Matrix, shade } from "./matrix.ts";
import type { ConfusionCell } from "./sums.ts";

interface Place {
  cell: HTMLTableCellElement;
  link: HTMLAnchorElement;
  /** Address without the thresholds; empty on the last row's last column. */
  address: string;
  shown: number;
  shade: number;
}

const NOTHING = "none";

export class MatrixView {
  private readonly tags: string[];
  private readonly rows: Place[][];
  private readonly nothing: HTMLElement | null;
  private matrix: Matrix;

  /** Null where the page has no matrix. */
  static of(cells: ConfusionCell[] | null, tags: string[]): MatrixView | null {
    const table = document.getElementById("matrix") as HTMLTableElement | null;
    return table && cells ? new MatrixView(table, cells, tags) : null;
  }

  private constructor(table: HTMLTableElement, cells: ConfusionCell[], tags: string[]) {
    this.tags = tags;
    this.matrix = new Matrix(cells, tags.length);
    this.nothing = document.getElementById("matrix-nothing");
    const { right = "", wrong = "" } = table.dataset;
    this.rows = [...(table.tBodies[0]?.rows ?? [])].map((row, rowIndex) =>
      [...row.querySelectorAll("td")].map((cell, column) => {
        const [there, said] = [tags[rowIndex] ?? NOTHING, tags[column] ?? NOTHING];
        const own = rowIndex === column ? `${right}&right=top&tag=${there}` : `${wrong}true=${there}&predicted=${said}`;
        if (rowIndex === column) cell.classList.add("right");
        return { cell, link: document.createElement("a"), address: own, shown: 0, shade: 0 };
      }),
    );
  }

  showCells(cells: ConfusionCell[]): void {
    this.matrix = new Matrix(cells, this.tags.length);
  }

  show(percent: number, thresholds: string): void {
    for (const [rowIndex, row] of this.rows.entries()) {
      let total = 0;
      for (let column = 0; column < row.length; column += 1) total += this.matrix.at(percent, rowIndex, column);
      for (const [column, place] of row.entries()) {
        const count = this.matrix.at(percent, rowIndex, column);
        if (count !== place.shown) put(place, count);
        const dark = shade(count, total);
        if (dark !== place.shade) {
          place.shade = dark;
          place.cell.dataset.shade = String(dark);
        }
        if (count > 0) place.link.setAttribute("href", place.address + thresholds);
      }
      // Images always have a tag once they are trained on: a row that stays empty says nothing.
      if (row === this.rows.at(-1) && this.nothing) this.nothing.hidden = total === 0 && !this.everHolds(rowIndex);
    }
  }

  private everHolds(row: number): boolean {
    for (let percent = 0; percent <= 100; percent += 1) {
      for (let column = 0; column < this.matrix.size; column += 1) if (this.matrix.at(percent, row, column) > 0) return true;
    }
    return false;
  }
}

function put(place: Place, count: number): void {
  place.shown = count;
  if (count === 0) {
    place.link.remove();
    return;
  }
  place.link.textContent = count.toLocaleString("en");
  if (!place.link.isConnected) place.cell.append(place.link);
}
