/** What the page says of a prediction: why it is shown first, when and where it was sent. */

import type { PredictionRecord, Said } from "./types.ts";

/** From here on the model counts as unsure: nine to one between two tags. */
const UNSURE = 0.2;
/** Boxes that are nearly sure, or next to impossible, are no doubt. */
const DOUBTFUL = { least: 0.1, most: 0.9 };
const MOST_NAMED = 2;
const MOMENT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export interface TileWords {
  /** Those whose keycaps stand before the words. */
  named: Said[];
  words: string;
}

/** "unsure: can 52, bottle 47"; where it is sure, what it says. `from` is the share from which boxes are drawn. */
export function reason(record: PredictionRecord, isDetection: boolean, from: number): TileWords {
  const isUnsure = record.uncertainty >= UNSURE;
  if (!isDetection) {
    const named = record.says.slice(0, isUnsure ? MOST_NAMED : 1);
    return { named, words: `${isUnsure ? "unsure: " : ""}${listed(named)}` };
  }
  const doubtful = record.says
    .filter(({ probability }) => probability >= DOUBTFUL.least && probability <= DOUBTFUL.most)
    .sort((one, other) => Math.abs(one.probability - 0.5) - Math.abs(other.probability - 0.5));
  if (isUnsure && doubtful.length > 0) {
    const named = doubtful.slice(0, MOST_NAMED);
    return { named: onePerTag(named), words: `unsure: ${listed(named)}` };
  }
  const shown = record.says.filter(({ probability }) => probability >= from);
  return { named: onePerTag(shown), words: counted(shown) || `nothing at ${Math.round(from * 100)}%` };
}

/** "2 can, 1 bottle". */
export function counted(said: readonly { name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { name } of said) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

function listed(said: readonly Said[]): string {
  return said.map(({ name, probability }) => `${name} ${Math.round(probability * 100)}`).join(", ");
}

function onePerTag(said: readonly Said[]): Said[] {
  return said.filter(({ tag }, place) => said.findIndex((other) => other.tag === tag) === place);
}

/** "29 Nov, 16:22", in UTC, as the filter's days are. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : MOMENT.format(date);
}

/** Where it was sent, by whom: "shapes, line 4". */
export function origin({ publishedName, application }: PredictionRecord): string {
  return [publishedName === "" ? "Quick Test" : publishedName, application].filter((part) => part !== "").join(", ");
}

/** "1 prediction", "1,234 predictions". */
export function predictionCount(count: number): string {
  return count === 1 ? "1 prediction" : `${count.toLocaleString("en-US")} predictions`;
}

/** In the bar below: what its acts are about. `bare` are those without a label. */
export function barWords(selected: number, labeled: number, bare: number): string {
  if (selected === 0) return `${labeled.toLocaleString("en-US")} labeled`;
  return `${selected.toLocaleString("en-US")} selected${bare > 0 && bare < selected ? `, ${bare.toLocaleString("en-US")} unlabeled` : ""}`;
}

/** What came of moving them: `gone` were not there any more, `kept` are the reasons of those that stayed. */
export function movedWords(moved: number, bare: number, gone: number, kept: readonly string[]): string {
  const images = moved === 1 ? "1 image" : `${moved.toLocaleString("en-US")} images`;
  const untagged = bare === 0 ? "" : bare === moved ? ", without labels" : `, ${bare.toLocaleString("en-US")} of them without labels`;
  const reasons = [...new Set(kept)].slice(0, 2).join(" ");
  return [
    moved === 0 ? "" : `Moved ${images} to the training images${untagged}.`,
    gone === 0 ? "" : `${predictionCount(gone)} had been moved or deleted meanwhile.`,
    kept.length === 0 ? "" : `${predictionCount(kept.length)} stayed: ${reasons}`,
  ].filter((part) => part !== "").join(" ");
}
