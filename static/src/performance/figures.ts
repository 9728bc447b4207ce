/** Precision, recall and F1 at a threshold, from counts; the same arithmetic as `judgment` of the server. */

import type { ThresholdTable } from "./sums.ts";

export interface Share {
  value: number;
  /** 95% interval; null where nothing was counted. */
  interval: [number, number] | null;
}

const Z_95 = 1.959964;

/** Wilson's interval. */
export function share(right: number, total: number): Share {
  if (total === 0) return { value: 0, interval: null };
  const value = right / total;
  const spread = Z_95 ** 2 / total;
  const middle = (value + spread / 2) / (1 + spread);
  const half = (Z_95 * Math.sqrt((value * (1 - value)) / total + spread / (4 * total))) / (1 + spread);
  return { value, interval: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

/** F1 rises with the share of right ones among right, false and missed: that share's interval gives its own. */
export function f1Share(right: number, wrong: number, missed: number): Share {
  const { interval } = share(right, right + wrong + missed);
  if (interval === null) return { value: 0, interval: null };
  const [low, high] = interval;
  return { value: (2 * right) / (2 * right + wrong + missed), interval: [(2 * low) / (1 + low), (2 * high) / (1 + high)] };
}

export interface Figures {
  precision: Share;
  recall: Share;
  f1: Share;
  right: number;
  false: number;
  missed: number;
}

export function figures(right: number, wrong: number, missed: number): Figures {
  return {
    precision: share(right, right + wrong),
    recall: share(right, right + missed),
    f1: f1Share(right, wrong, missed),
    right,
    false: wrong,
    missed,
  };
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);

/** Figures over all tags pooled, at a threshold of whole percent. */
export function overall(table: ThresholdTable, percent: number): Figures {
  return figures(
    sum(table.truePositives[percent] ?? []),
    sum(table.falsePositives[percent] ?? []),
    sum(table.falseNegatives[percent] ?? []),
  );
}

/** Figures of the tag in that column. */
export function ofTag(table: ThresholdTable, percent: number, column: number): Figures {
  return figures(
    table.truePositives[percent]?.[column] ?? 0,
    table.falsePositives[percent]?.[column] ?? 0,
    table.falseNegatives[percent]?.[column] ?? 0,
  );
}
