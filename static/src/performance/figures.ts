/** Precision and recall at a threshold, from counts; the same arithmetic as the server's. */

export interface ThresholdTable {
  /** [threshold in percent][tag] */
  truePositives: number[][];
  falsePositives: number[][];
  falseNegatives: number[][];
  tags: string[];
}

export interface Share {
  value: number;
  /** 95% interval (Wilson); null where nothing was counted. */
  interval: [number, number] | null;
}

const Z_95 = 1.959964;

export function share(right: number, total: number): Share {
  if (total === 0) return { value: 0, interval: null };
  const value = right / total;
  const spread = Z_95 ** 2 / total;
  const middle = (value + spread / 2) / (1 + spread);
  const half = (Z_95 * Math.sqrt((value * (1 - value)) / total + spread / (4 * total))) / (1 + spread);
  return { value, interval: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

export interface Figures {
  precision: Share;
  recall: Share;
  /** Images that carry the tag and did not get it, and the reverse. */
  wrong: number;
}

function of(right: number, wrong: number, missed: number): Figures {
  return { precision: share(right, right + wrong), recall: share(right, right + missed), wrong: wrong + missed };
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);

/** Figures over all tags pooled, at a threshold of whole percent. */
export function overall(table: ThresholdTable, percent: number): Figures {
  return of(
    sum(table.truePositives[percent] ?? []),
    sum(table.falsePositives[percent] ?? []),
    sum(table.falseNegatives[percent] ?? []),
  );
}

/** Figures of the tag in that column. */
export function ofTag(table: ThresholdTable, percent: number, column: number): Figures {
  return of(
    table.truePositives[percent]?.[column] ?? 0,
    table.falsePositives[percent]?.[column] ?? 0,
    table.falseNegatives[percent]?.[column] ?? 0,
  );
}
