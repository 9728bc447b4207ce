/** Precision, recall and F1 at a threshold, from sums over images; the same arithmetic as the server's. */

import { f1Of, oneEach, precisionOf, recallOf, type Share, type Sums } from "./intervals.ts";
import type { ThresholdTable } from "./sums.ts";

export interface Figures {
  precision: Share;
  recall: Share;
  f1: Share;
  right: number;
  false: number;
  missed: number;
}

/** Of the nine sums, or of three counts where an image counts once. */
export function figures(sums: Sums): Figures {
  const [right = 0, wrong = 0, missed = 0] = sums;
  const whole = sums.length > 3 ? sums : oneEach(right, wrong, missed);
  return { precision: precisionOf(whole), recall: recallOf(whole), f1: f1Of(whole), right, false: wrong, missed };
}

/** Figures over all tags pooled, at a threshold of whole percent. */
export function overall(table: ThresholdTable, percent: number): Figures {
  return figures(table.pooled[percent] ?? []);
}

/** Figures of the tag in that column. */
export function ofTag(table: ThresholdTable, percent: number, column: number): Figures {
  return figures(table.perTag[percent]?.[column] ?? []);
}
