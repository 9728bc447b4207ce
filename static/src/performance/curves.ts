/** Figures over every threshold, as paths of drawings. */

import { type Figures, ofTag, overall } from "./figures.ts";
import { STEPS, type ThresholdTable } from "./sums.ts";

/** Figures at each whole percent: of all tags, or of the one in a column. */
export function sweep(table: ThresholdTable, column: number | null): Figures[] {
  return Array.from({ length: STEPS }, (_, percent) =>
    column === null ? overall(table, percent) : ofTag(table, percent, column),
  );
}

/** What missed and false ones cost at each threshold. */
export function costs(points: Figures[], missCost: number, falseCost: number): number[] {
  return points.map((point) => missCost * point.missed + falseCost * point.false);
}

/** Precision over recall in a square: a point a threshold, where there is one. */
export function curvePath(points: Figures[], side: number): string {
  return path(
    points
      .filter(({ precision, recall }) => precision.interval !== null && recall.interval !== null)
      .map(({ precision, recall }) => [recall.value * side, (1 - precision.value) * side]),
  );
}

/** A value 0..1 at each threshold; null leaves that threshold out. */
export function linePath(values: (number | null)[], width: number, height: number): string {
  const points: [number, number][] = [];
  for (const [percent, value] of values.entries()) {
    if (value !== null) points.push([(percent * width) / (values.length - 1), (1 - value) * height]);
  }
  return path(points);
}

function path(points: [number, number][]): string {
  return points.length === 0 ? "" : `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
}
