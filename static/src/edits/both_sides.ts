import type { DraftEdit, ImageChange, ImageState, OpenConflict } from "./types.ts";

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

/** The edit that makes `wanted` of an image's labels. */
export function toMake(wanted: string[], state: ImageState, words: string): DraftEdit {
  const change: ImageChange = {
    image: state.image,
    version: state.version,
    addTags: wanted.filter((id) => !state.tags.includes(id)),
    removeTags: state.tags.filter((id) => !wanted.includes(id)),
  };
  return { act: "label", changes: [change], words };
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
  const relabel = toMake(withChange(theirs.tags, change, rules), theirs, edit.words);
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
    return {
      act: "label",
      changes: [{ image, version, addTags: change?.removeTags ?? [], removeTags: change?.addTags ?? [] }],
      words,
    };
  }
  return { act: draft.act === "delete" ? "restore" : "delete", changes: [{ image, version }], words };
}

/** The tags to show for an image: the server's, then what waits, in order. `isRemoved` likewise. */
export function withWaiting(state: ImageState, waiting: DraftEdit[]): ImageState {
  let { tags, isRemoved } = state;
  for (const edit of waiting) {
    for (const change of edit.changes.filter(({ image }) => image === state.image)) {
      if (edit.act === "label") {
        const gone = new Set([...(change.removeTags ?? []), ...(change.addTags ?? [])]);
        tags = [...tags.filter((id) => !gone.has(id)), ...(change.addTags ?? [])];
      } else {
        isRemoved = edit.act === "delete";
      }
    }
  }
  return { ...state, tags, isRemoved };
}
