/** Edits of the gallery and what undoes them, worked out from what the images have. */

import { type Labels, type TagRules, withChange } from "../edits/both_sides.ts";
import type { ImageChange } from "../edits/types.ts";
import type { EditableState } from "./server.ts";
import type { Draft } from "./types.ts";

export function imageWords(count: number): string {
  return count === 1 ? "1 image" : `${count.toLocaleString("en-US")} images`;
}

/** Put the tag on those that lack it, or take it off those that have it; null where nothing would change. */
export function draftTag(states: EditableState[], tag: string, isOn: boolean, rules: TagRules): Draft | null {
  const changed = states.filter(({ tags }) => tags.includes(tag) !== isOn);
  if (changed.length === 0) return null;
  const name = rules.tags.get(tag)?.name ?? "a tag";
  const many = imageWords(changed.length);
  const words = isOn ? `Tagged ${many} ${name}` : `Took ${name} off ${many}`;
  const forward: ImageChange[] = [];
  const back: ImageChange[] = [];
  for (const { image, version, tags } of changed) {
    const asked: ImageChange = isOn ? { image, version, addTags: [tag] } : { image, version, removeTags: [tag] };
    const after = withChange(tags, asked, rules);
    const addTags = after.filter((each) => !tags.includes(each));
    const removeTags = tags.filter((each) => !after.includes(each));
    forward.push({ image, version, addTags, removeTags });
    back.push({ image, version, addTags: removeTags, removeTags: addTags });
  }
  return {
    edit: { act: "label", changes: forward, words },
    inverse: { act: "label", changes: back, words: `Undid: ${words}` },
  };
}

/** Take every tag off. */
export function draftUntag(states: EditableState[]): Draft | null {
  const changed = states.filter(({ tags }) => tags.length > 0);
  if (changed.length === 0) return null;
  const words = `Untagged ${imageWords(changed.length)}`;
  const forward = changed.map(({ image, version, tags }) => ({ image, version, addTags: [], removeTags: tags }));
  const back = changed.map(({ image, version, tags }) => ({ image, version, addTags: tags, removeTags: [] }));
  return {
    edit: { act: "label", changes: forward, words },
    inverse: { act: "label", changes: back, words: `Undid: ${words}` },
  };
}

/** Say of those without boxes that nothing is to be found in them; null where that is said of all. */
export function draftNoObjects(states: (EditableState & Labels)[]): Draft | null {
  const changed = states.filter(({ boxes, tags, hasNoObjects }) => boxes.length === 0 && tags.length === 0 && !hasNoObjects);
  if (changed.length === 0) return null;
  const words = `Marked ${imageWords(changed.length)}: no objects here`;
  const said = (hasNoObjects: boolean): ImageChange[] => changed.map(({ image, version }) => ({ image, version, hasNoObjects }));
  return {
    edit: { act: "label", changes: said(true), words },
    inverse: { act: "label", changes: said(false), words: `Undid: ${words}` },
  };
}

export function draftDelete(states: EditableState[]): Draft {
  const changes = states.map(({ image, version }) => ({ image, version }));
  const many = imageWords(states.length);
  return {
    edit: { act: "delete", changes, words: `Deleted ${many}` },
    inverse: { act: "restore", changes, words: `Brought ${many} back` },
  };
}
