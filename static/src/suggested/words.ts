/** What the page says of suggestions and of looking. */

import type { TagFace } from "../edits/both_sides.ts";

/** A tag as it is suggested; null: put on by a person. `count` of a detector's boxes. */
export interface TagPercent {
  tag: TagFace;
  probability: number | null;
  count?: number;
}

/** "can 93%, lid 61%", "2 can, 1 bottle". */
export function suggestedWords(tags: readonly TagPercent[]): string {
  const one = ({ tag, probability, count }: TagPercent): string => {
    if (count !== undefined && count > 0) return `${count} ${tag.name}`;
    return probability === null ? tag.name : `${tag.name} ${Math.round(probability * 100)}%`;
  };
  return tags.length === 0 ? "no tag" : tags.map(one).join(", ");
}

/** "7 stay untagged, 120 more after these"; never nothing, since its room is there. */
export function leftWords(unticked: number, waiting: number): string {
  const parts: string[] = [];
  if (unticked > 0) parts.push(unticked === 1 ? "1 stays untagged" : `${unticked.toLocaleString("en-US")} stay untagged`);
  if (waiting > 0) parts.push(`${waiting.toLocaleString("en-US")} more after these`);
  return parts.length === 0 ? "All ticked" : parts.join(", ");
}

/** Before a look: "1,240 untagged, 200 of them looked at by Iteration 3." */
export function idleWords(untagged: number, lookedAt: number, iteration: string): string {
  const left = untagged - lookedAt;
  if (left <= 0) return `${iteration} has looked at ${untagged === 1 ? "the untagged image" : `all ${untagged.toLocaleString("en-US")} untagged images`}.`;
  return `${left.toLocaleString("en-US")} untagged ${left === 1 ? "image" : "images"} that ${iteration} has not looked at.`;
}

/** "48 of 200, about 12 s left". */
export function progressWords(done: number, wanted: number, secondsLeft: number | null): string {
  const place = `${done.toLocaleString("en-US")} of ${wanted.toLocaleString("en-US")}`;
  return secondsLeft === null ? place : `${place}, about ${timeWords(secondsLeft)} left`;
}

function timeWords(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}
