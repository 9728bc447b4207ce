/** What each image would be given: what the iteration suggests, as the person changed it. */

import { type TagRules, withChange } from "../edits/both_sides.ts";
import type { ImageChange } from "../edits/types.ts";
import { imageWords } from "../gallery/drafts.ts";
import type { Draft, GalleryItem, SuggestedTag } from "../gallery/types.ts";

export type Offered = Pick<GalleryItem, "image" | "version" | "suggested">;

/** Tags that the iteration would put on; `wanted` is the tag that is looked at, "" for any. */
export function offeredTags(suggested: readonly SuggestedTag[], wanted: string, rules: TagRules): string[] {
  const top = suggested[0]?.tag;
  if (top === undefined) return [];
  if (rules.isMulticlass) return [suggested.some(({ tag }) => tag === wanted) ? wanted : top];
  const isNegative = (tag: string): boolean => rules.tags.get(tag)?.type === "Negative";
  return isNegative(top) ? [top] : suggested.map(({ tag }) => tag).filter((tag) => !isNegative(tag));
}

/** Whether the image is ticked at first: not where another tag is more probable than the one looked at. */
export function isTickedAtFirst(suggested: readonly SuggestedTag[], wanted: string, rules: TagRules): boolean {
  if (suggested.length === 0) return false;
  if (wanted === "") return true;
  if (rules.isMulticlass) return suggested[0]?.tag === wanted;
  return offeredTags(suggested, wanted, rules).includes(wanted);
}

export class Choices {
  private readonly changed = new Map<string, string[]>();

  tagsOf({ image, suggested }: Offered, wanted: string, rules: TagRules): string[] {
    return this.changed.get(image) ?? offeredTags(suggested ?? [], wanted, rules);
  }

  /** Another tag in the suggested one's place; with many tags an image, the tag on or off. */
  toggle(item: Offered, tag: string, wanted: string, rules: TagRules): void {
    const tags = this.tagsOf(item, wanted, rules);
    const isOff = !rules.isMulticlass && tags.includes(tag);
    const change: ImageChange = { image: item.image, version: item.version, ...(isOff ? { removeTags: [tag] } : { addTags: [tag] }) };
    this.changed.set(item.image, withChange(tags, change, rules));
  }
}

/** Put on each image what is chosen for it: one edit, with its undo. Null where that is nothing. */
export function draftConfirm(items: readonly Offered[], tagsOf: (item: Offered) => string[], rules: TagRules): Draft | null {
  const chosen = items.map((item) => ({ item, tags: tagsOf(item) })).filter(({ tags }) => tags.length > 0);
  if (chosen.length === 0) return null;
  const all = new Set(chosen.flatMap(({ tags }) => tags));
  const only = all.size === 1 ? rules.tags.get([...all][0] ?? "") : undefined;
  const many = imageWords(chosen.length);
  const words = only === undefined ? `Confirmed the tags of ${many}` : `Tagged ${many} ${only.name}`;
  const forward = chosen.map(({ item, tags }): ImageChange => {
    const suggestedTags = tags.filter((id) => item.suggested?.some(({ tag }) => tag === id));
    return { image: item.image, version: item.version, addTags: tags, removeTags: [], suggestedTags };
  });
  const back = chosen.map(({ item: { image, version }, tags }): ImageChange => ({ image, version, addTags: [], removeTags: tags }));
  return {
    edit: { act: "label", changes: forward, words },
    inverse: { act: "label", changes: back, words: `Undid: ${words}` },
  };
}
