import type { Box, DraftEdit, ImageChange, ImageState, OpenConflict } from "./types.ts";

/** A tag as pages know it (labeling/tag_keys.py). */
export interface TagFace {
  id: string;
  name: string;
  type: string;
  color: number;
  key: string;
}

/** What an image's tags may be. */
export interface TagRules {
  tags: Map<string, TagFace>;
  /** One tag an image. */
  isMulticlass: boolean;
}

/** The tags that the image has once `change` is made to `tags`, as the project's rules allow it. */
export function withChange(tags: string[], change: ImageChange, rules: TagRules): string[] {
  const added = change.addTags ?? [];
  const removed = new Set(change.removeTags ?? []);
  const isNegative = (id: string): boolean => rules.tags.get(id)?.type === "Negative";
  const kept = tags.filter((id) => {
    if (removed.has(id) || added.includes(id)) {
      return false;
    }
    const clashes = rules.isMulticlass || isNegative(id) || added.some(isNegative);
    return added.length === 0 || !clashes;
  });
  return [...kept, ...added];
}

/** What an image's labels can be told from. */
export type Labels = Pick<ImageState, "tags" | "boxes" | "hasNoObjects">;

/** Whether the change is one of boxes, whose tags follow from them. */
export function isOfBoxes(change: ImageChange): boolean {
  return change.addBoxes !== undefined || change.removeBoxes !== undefined || change.hasNoObjects !== undefined;
}

/** The labels once a change of boxes is made: boxes bring their tags, and the last of a tag takes it along. */
function withBoxes(labels: Labels, change: ImageChange): Labels {
  const added = change.addBoxes ?? [];
  const gone = new Set([...(change.removeBoxes ?? []), ...added.map(({ id }) => id)]);
  const boxes = [...labels.boxes.filter(({ id }) => !gone.has(id)), ...added];
  const hadBox = new Set(labels.boxes.map(({ tag }) => tag));
  const hasBox = new Set(boxes.map(({ tag }) => tag));
  const tags = labels.tags.filter((id) => hasBox.has(id) || !hadBox.has(id));
  const hasNoObjects = boxes.length === 0 && (change.hasNoObjects ?? labels.hasNoObjects);
  return { tags: [...tags, ...[...hasBox].filter((id) => !tags.includes(id))], boxes, hasNoObjects };
}

/** What the person wanted of an image, made of what it is by now. A box that both replaced is the person's. */
export function wantedOf(theirs: ImageState, change: ImageChange, rules: TagRules): ImageState {
  if (!isOfBoxes(change)) {
    return { ...theirs, tags: withChange(theirs.tags, change, rules) };
  }
  const removed = new Set(change.removeBoxes ?? []);
  const isAlsoReplaced = ({ replaces }: Box): boolean => replaces !== undefined && removed.has(replaces);
  const isEmptied = change.hasNoObjects === true;
  const also = theirs.boxes.filter((box) => isEmptied || isAlsoReplaced(box)).map(({ id }) => id);
  return { ...theirs, ...withBoxes(theirs, { ...change, removeBoxes: [...removed, ...also] }) };
}

/** The edit that makes `wanted` of an image's labels. */
export function toMake(wanted: Labels, state: ImageState, words: string, isBoxes: boolean): DraftEdit {
  const { image, version } = state;
  if (!isBoxes) {
    const addTags = wanted.tags.filter((id) => !state.tags.includes(id));
    const removeTags = state.tags.filter((id) => !wanted.tags.includes(id));
    return { act: "label", changes: [{ image, version, addTags, removeTags }], words };
  }
  const addBoxes = without(wanted.boxes, state.boxes);
  const removeBoxes = without(state.boxes, wanted.boxes).map(({ id }) => id);
  const { hasNoObjects } = wanted;
  return { act: "label", changes: [{ image, version, addBoxes, removeBoxes, hasNoObjects }], words };
}

function without(boxes: Box[], others: Box[]): Box[] {
  return boxes.filter(({ id }) => !others.some((other) => other.id === id));
}

/** What "Keep mine" does: a first edit in the conflict's place, and more after it. Empty where nothing can be done. */
export function editsForMine({ edit, conflict }: OpenConflict, rules: TagRules): DraftEdit[] {
  const { theirs, change, reason } = conflict;
  if (reason === "gone" || reason === "uploaded again") {
    return [];
  }
  if (edit.act !== "label") {
    return [{ act: edit.act, changes: [{ image: theirs.image, version: theirs.version }], words: edit.words }];
  }
  const relabel = toMake(wantedOf(theirs, change, rules), theirs, edit.words, isOfBoxes(change));
  if (reason === "deleted") {
    const back: DraftEdit = { act: "restore", changes: [{ image: theirs.image, version: theirs.version }], words: "Brought 1 image back" };
    return [back, relabel];
  }
  return [relabel];
}

/** What undoes an edit of one image that found `before`. */
export function inverseOf(draft: DraftEdit, before: ImageState): DraftEdit {
  const { image, version } = before;
  const words = `Undid: ${draft.words}`;
  if (draft.act === "label") {
    const change = draft.changes[0];
    if (change !== undefined && isOfBoxes(change)) {
      const { boxes, hasNoObjects } = withBoxes(before, change);
      return toMake(before, { ...before, boxes, hasNoObjects }, words, true);
    }
    return {
      act: "label",
      changes: [{ image, version, addTags: change?.removeTags ?? [], removeTags: change?.addTags ?? [] }],
      words,
    };
  }
  return { act: draft.act === "delete" ? "restore" : "delete", changes: [{ image, version }], words };
}

/** The labels to show for an image: the server's, then what waits, in order. `isRemoved` likewise. */
export function withWaiting(state: ImageState, waiting: readonly DraftEdit[]): ImageState {
  let { isRemoved } = state;
  let labels: Labels = state;
  for (const edit of waiting) {
    for (const change of edit.changes.filter(({ image }) => image === state.image)) {
      if (edit.act !== "label") {
        isRemoved = edit.act === "delete";
      } else if (isOfBoxes(change)) {
        labels = withBoxes(labels, change);
      } else {
        const gone = new Set([...(change.removeTags ?? []), ...(change.addTags ?? [])]);
        labels = { ...labels, tags: [...labels.tags.filter((id) => !gone.has(id)), ...(change.addTags ?? [])] };
      }
    }
  }
  const { tags, boxes, hasNoObjects } = labels;
  return { ...state, tags, boxes, hasNoObjects, isRemoved };
}
