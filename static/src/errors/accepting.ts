/** What a key on a mistake makes of the image's labels, and how one sees that it is done. */

import { inverseOf, type Labels, type TagRules, toMake, withChange } from "../edits/both_sides.ts";
import type { Box, ImageChange, ImageState } from "../edits/types.ts";
import type { Draft, GalleryItem } from "../gallery/types.ts";
import type { Edges, Mistake } from "./types.ts";

// A box is the same while its edges are, but for their rounding to 32 bits.
const SAME_EDGES = 1e-4;
// A box that shares this much with the predicted one is the one that was lacking.
const SAME_PLACE = 0.5;

/** Take the model's word; null where it says nothing that a label could be made of, or where that is so already. */
export function draftAccept(mistake: Mistake, item: GalleryItem, rules: TagRules, newId: () => string): Draft | null {
  if (isOfBoxes(mistake)) {
    const tag = mistake.kind === "loose" ? mistake.trueTag : mistake.predictedTag;
    return mistake.kind === "missed" ? draftBox(mistake, item, null, rules, newId) : draftBox(mistake, item, tag, rules, newId);
  }
  const wanted = acceptedTags(mistake, item, rules);
  return wanted === null ? null : draftTags(item, wanted, rules, wanted.filter((tag) => tag === mistake.predictedTag || mistake.suggested?.includes(tag)));
}

/** The image's tag, or one more of its tags or one less, by key; of boxes the tag of the one that it is about. */
export function draftChoose(mistake: Mistake, item: GalleryItem, tag: string, rules: TagRules, newId: () => string): Draft | null {
  if (isOfBoxes(mistake)) return draftBox(mistake, item, tag, rules, newId);
  const { image, version, tags } = item;
  const isOff = tags.includes(tag) && !rules.isMulticlass;
  const wanted = withChange(tags, isOff ? { image, version, removeTags: [tag] } : { image, version, addTags: [tag] }, rules);
  return draftTags(item, wanted, rules, []);
}

/** What the button that takes the model's word says; empty where there is nothing to take. */
export function acceptWords(mistake: Mistake, rules: TagRules): string {
  const name = (tag: string): string => rules.tags.get(tag)?.name ?? "";
  const said = name(mistake.predictedTag);
  if (isOfBoxes(mistake)) {
    if (mistake.kind === "missed") return "Delete the box";
    if (mistake.kind === "loose") return "Move the box there";
    if (said === "") return "";
    return mistake.kind === "confused" ? `Make it ${said}` : `Add the box ${said}`;
  }
  if (mistake.suggested !== undefined) {
    const names = mistake.suggested.map(name);
    if (names.includes("")) return "";
    return names.length === 0 ? "Take its tags off" : `Make it ${names.join(", ")}`;
  }
  if (mistake.kind === "missed") return rules.isMulticlass ? "" : `Take ${name(mistake.trueTag)} off`;
  if (said === "") return "";
  return mistake.kind === "false" && !rules.isMulticlass ? `Add ${said}` : `Make it ${said}`;
}

/** Whether the label that the mistake is about is another one by now; `before` are the image's tags as the page came. */
export function isChanged(mistake: Mistake, item: Labels, before: readonly string[]): boolean {
  if (!isOfBoxes(mistake)) return item.tags.length !== before.length || item.tags.some((tag) => !before.includes(tag));
  if (mistake.trueBox !== undefined) return trueBox(mistake, item) === undefined;
  const { predictedBox, predictedTag, twins } = mistake;
  const isThere = (box: Box): boolean => box.tag === predictedTag && predictedBox !== undefined && overlap(box, predictedBox) >= SAME_PLACE;
  return item.boxes.filter(isThere).length > (twins ?? 0);
}

function isOfBoxes(mistake: Mistake): boolean {
  return mistake.trueBox !== undefined || mistake.predictedBox !== undefined;
}

/** The image's tags as the model would have them. */
function acceptedTags(mistake: Mistake, item: GalleryItem, rules: TagRules): string[] | null {
  const { image, version, tags } = item;
  const isKnown = (tag: string): boolean => rules.tags.has(tag);
  if (mistake.suggested !== undefined) return mistake.suggested.every(isKnown) ? mistake.suggested : null;
  const change: ImageChange = { image, version };
  if (mistake.predictedTag !== "") {
    if (!isKnown(mistake.predictedTag)) return null;
    change.addTags = [mistake.predictedTag];
  } else if (rules.isMulticlass) {
    return null; // it says that the tag is not sure enough, and none other
  }
  if (mistake.trueTag !== "") change.removeTags = [mistake.trueTag];
  return withChange(tags, change, rules);
}

function draftTags(item: GalleryItem, wanted: string[], rules: TagRules, suggested: string[]): Draft | null {
  const { image, version, tags } = item;
  const addTags = wanted.filter((tag) => !tags.includes(tag));
  const removeTags = tags.filter((tag) => !wanted.includes(tag));
  if (addTags.length + removeTags.length === 0) return null;
  const names = wanted.map((tag) => rules.tags.get(tag)?.name ?? "a tag");
  const words = names.length === 0 ? "Took the tags off 1 image" : `Tagged 1 image ${names.join(", ")}`;
  const change: ImageChange = { image, version, addTags, removeTags };
  const suggestedTags = addTags.filter((tag) => suggested.includes(tag));
  if (suggestedTags.length > 0) change.suggestedTags = suggestedTags;
  return {
    edit: { act: "label", changes: [change], words },
    inverse: { act: "label", changes: [{ image, version, addTags: removeTags, removeTags: addTags }], words: `Undid: ${words}` },
  };
}

/** Put the box on, give it another tag or place, or take it off (`tag` null). */
function draftBox(mistake: Mistake, item: GalleryItem, tag: string | null, rules: TagRules, newId: () => string): Draft | null {
  const old = trueBox(mistake, item);
  if (mistake.trueBox !== undefined && old === undefined) return null;
  if (tag !== null && !rules.tags.has(tag)) return null;
  const edges = mistake.kind === "loose" || mistake.kind === "false" ? mistake.predictedBox : mistake.trueBox;
  const boxes = item.boxes.filter(({ id }) => id !== old?.id);
  if (tag !== null && edges !== undefined) {
    const { left, top, width, height } = mistake.kind === "confused" && old !== undefined ? old : edges;
    const made: Box = { id: newId(), tag, left, top, width, height, isSuggested: tag === mistake.predictedTag };
    if (old !== undefined) made.replaces = old.id;
    if (old !== undefined && old.tag === tag && isSame(old, made)) return null;
    boxes.push(made);
  }
  const name = tag === null ? "" : (rules.tags.get(tag)?.name ?? "");
  const words = tag === null ? "Deleted a box" : old === undefined ? `Added a box ${name}` : mistake.kind === "loose" ? `Moved a box ${name}` : `Made a box ${name}`;
  const state: ImageState = { ...item, isRemoved: false };
  const edit = toMake({ tags: item.tags, boxes, hasNoObjects: boxes.length === 0 && item.hasNoObjects }, state, words, true);
  return { edit, inverse: inverseOf(edit, state) };
}

function trueBox(mistake: Mistake, item: Pick<Labels, "boxes">): Box | undefined {
  const { trueBox: edges, trueTag } = mistake;
  return edges === undefined ? undefined : item.boxes.find((box) => box.tag === trueTag && isSame(box, edges));
}

function isSame(one: Edges, other: Edges): boolean {
  const pairs = [[one.left, other.left], [one.top, other.top], [one.left + one.width, other.left + other.width], [one.top + one.height, other.top + other.height]] as const;
  return pairs.every(([first, second]) => Math.abs(first - second) <= SAME_EDGES);
}

/** IoU. */
export function overlap(one: Edges, other: Edges): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  const common = Math.max(0, width) * Math.max(0, height);
  return common / Math.max(one.width * one.height + other.width * other.height - common, 1e-12);
}
