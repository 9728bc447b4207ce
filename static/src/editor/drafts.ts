/** Edits of an image's boxes and what undoes them. */

import type { Box, ImageChange } from "../edits/types.ts";
import type { Draft } from "../gallery/types.ts";

/** What an edit starts from. */
export interface BoxedImage {
  image: string;
  version: number;
  boxes: readonly Box[];
  hasNoObjects: boolean;
}

/** Take boxes off and put others on; null where nothing would change. A box ends "No objects here". */
export function draftBoxes(from: BoxedImage, removed: readonly Box[], added: readonly Box[], words: string): Draft | null {
  if (removed.length === 0 && added.length === 0) return null;
  const ends = from.hasNoObjects && added.length > 0;
  const forward: ImageChange = { ...change(from), addBoxes: [...added], removeBoxes: removed.map(({ id }) => id) };
  const back: ImageChange = { ...change(from), addBoxes: [...removed], removeBoxes: added.map(({ id }) => id) };
  return both(ends ? { ...forward, hasNoObjects: false } : forward, ends ? { ...back, hasNoObjects: true } : back, words);
}

/** Say that nothing is to be found in the image, or take it back. Null while there are boxes, and where it is said. */
export function draftNoObjects(from: BoxedImage, isSaid: boolean): Draft | null {
  if (from.hasNoObjects === isSaid || (isSaid && from.boxes.length > 0)) return null;
  const words = isSaid ? "Marked: no objects here" : "Took back: no objects here";
  return both({ ...change(from), hasNoObjects: isSaid }, { ...change(from), hasNoObjects: !isSaid }, words);
}

/** The box at another place or with another tag: a new one that replaces it. */
export function replacement(box: Box, to: Partial<Box>, id: string): Box {
  const { left, top, width, height, tag } = { ...box, ...to };
  return { id, tag, left, top, width, height, replaces: box.id };
}

/** Boxes of another image for this one, but those that are on it already. */
export function copiesOf(boxes: readonly Box[], here: readonly Box[], newId: () => string): Box[] {
  const place = ({ tag, left, top, width, height }: Box): string => [tag, left, top, width, height].join(" ");
  const there = new Set(here.map(place));
  const missing = boxes.filter((box) => !there.has(place(box)));
  return missing.map(({ tag, left, top, width, height }) => ({ id: newId(), tag, left, top, width, height }));
}

function change({ image, version }: BoxedImage): ImageChange {
  return { image, version };
}

function both(forward: ImageChange, back: ImageChange, words: string): Draft {
  return {
    edit: { act: "label", changes: [forward], words },
    inverse: { act: "label", changes: [back], words: `Undid: ${words}` },
  };
}
