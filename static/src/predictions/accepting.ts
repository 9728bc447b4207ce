/** What the model says, taken as a label. */

import { type TagRules, withChange } from "../edits/both_sides.ts";
import { newId } from "../edits/ids.ts";
import type { Box, ImageChange } from "../edits/types.ts";
import { overlap } from "../editor/geometry.ts";
import type { Suggestions } from "../editor/suggestions.ts";
import type { Draft, GalleryItem } from "../gallery/types.ts";
import type { PredictionRecord, Said } from "./types.ts";
import { predictionCount } from "./words.ts";

/** Of a classifier that may give several tags, those count that are more probable than not. */
const MORE_PROBABLE_THAN_NOT = 0.5;
/** More in common with a box that is there: the same object. */
const SAME_OVERLAP = 0.5;

type Placed = Said & { left: number; top: number; width: number; height: number };

export function placed(said: readonly Said[], from: number): Placed[] {
  return said.filter((each): each is Placed => each.left !== undefined && each.probability >= from);
}

/** The prediction's boxes as the editor suggests them; a box whose tag was deleted since has none. */
export function suggestionsOf(record: PredictionRecord, tags: ReadonlySet<string>, from: number): Suggestions {
  const boxes = placed(record.says, from).map(({ tag, probability, left, top, width, height }) => {
    return { ...within({ left, top, width, height }), tag: tags.has(tag) ? tag : null, probability };
  });
  const reason = `The model found nothing here at ${Math.round(from * 100)}%.`;
  return { source: boxes.length > 0 ? "iteration" : "none", by: record.iteration, note: "", reason, boxes };
}

/** The tags that a classifier's answer stands for; none where they are not the project's any more. */
export function acceptedTags(record: PredictionRecord, rules: TagRules): string[] {
  const known = record.says.filter(({ tag }) => rules.tags.has(tag));
  const top = record.says[0];
  if (rules.isMulticlass) return top !== undefined && rules.tags.has(top.tag) ? [top.tag] : [];
  return known
    .filter(({ probability }) => probability >= MORE_PROBABLE_THAN_NOT)
    .map(({ tag }) => tag)
    .reduce<string[]>((tags, tag) => withChange(tags, { image: "", version: 0, addTags: [tag] }, rules), []);
}

/** Take what is said of these pictures as their labels; null where that changes nothing. */
export function draftAccepted(
  pictures: readonly { item: GalleryItem; record: PredictionRecord }[],
  rules: TagRules,
  isDetection: boolean,
  from: number,
): Draft | null {
  const forward: ImageChange[] = [];
  const back: ImageChange[] = [];
  for (const { item, record } of pictures) {
    const { image, version } = item;
    if (isDetection) {
      const addBoxes = acceptedBoxes(item, record, rules, from);
      if (addBoxes.length === 0) continue;
      forward.push({ image, version, addBoxes });
      back.push({ image, version, removeBoxes: addBoxes.map(({ id }) => id), hasNoObjects: item.hasNoObjects });
    } else {
      const addTags = acceptedTags(record, rules).filter((tag) => !item.tags.includes(tag));
      if (addTags.length === 0) continue;
      const after = addTags.reduce((tags, tag) => withChange(tags, { image, version, addTags: [tag] }, rules), item.tags);
      const removeTags = item.tags.filter((tag) => !after.includes(tag));
      const added = after.filter((tag) => !item.tags.includes(tag));
      forward.push({ image, version, addTags: added, removeTags });
      back.push({ image, version, addTags: removeTags, removeTags: added });
    }
  }
  if (forward.length === 0) return null;
  const words = `Accepted ${predictionCount(forward.length)}`;
  return {
    edit: { act: "label", changes: forward, words },
    inverse: { act: "label", changes: back, words: `Undid: ${words}` },
  };
}

function acceptedBoxes(item: GalleryItem, record: PredictionRecord, rules: TagRules, from: number): Box[] {
  return placed(record.says, from)
    .filter(({ tag }) => rules.tags.has(tag))
    .map(({ tag, ...place }) => ({ tag, place: within(place) }))
    .filter(({ place }) => !item.boxes.some((there) => overlap(there, place) > SAME_OVERLAP))
    .map(({ tag, place }) => ({ id: newId(), tag, ...place, isSuggested: true }));
}

/** A detector's box may reach over the edge; one that is drawn may not. */
function within({ left, top, width, height }: { left: number; top: number; width: number; height: number }): {
  left: number; top: number; width: number; height: number;
} {
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  return { left: x, top: y, width: Math.min(1, left + width) - x, height: Math.min(1, top + height) - y };
}
