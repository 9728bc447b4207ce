/** The image's boxes with every edit laid over them, and the acts that make edits. */

import { withWaiting } from "../edits/both_sides.ts";
import { newId } from "../edits/ids.ts";
import type { Box, DraftEdit } from "../edits/types.ts";
import type { Draft, GalleryItem, GalleryPage } from "../gallery/types.ts";
import { toast } from "../toast.ts";
import { draftBoxes, draftNoObjects, replacement } from "./drafts.ts";

export class BoxEdits {
  private readonly page: GalleryPage;
  private readonly onChanged: () => void;
  private item: GalleryItem | null = null;
  /** Edits on their way into the browser's store. */
  private readonly coming = new Set<DraftEdit>();
  /** The id that a box began with, by the one that it has after being moved. */
  private readonly origins = new Map<string, string>();

  constructor(page: GalleryPage, onChanged: () => void) {
    this.page = page;
    this.onChanged = onChanged;
  }

  /** The image as the page knows it now. */
  take(item: GalleryItem | null): void {
    this.item = item;
    for (const { id, replaces } of item?.boxes ?? []) {
      if (replaces !== undefined && !this.origins.has(id)) this.origins.set(id, this.originOf(replaces));
    }
  }

  /** The image with edits that are not even stored yet; null before there is one. */
  now(): GalleryItem | null {
    if (this.item === null) return null;
    const { tags, boxes, hasNoObjects } = withWaiting({ ...this.item, isRemoved: false }, [...this.coming]);
    return { ...this.item, tags, boxes, hasNoObjects };
  }

  /** How many edits this browser has not kept yet: lost if the page ended now. */
  get comingCount(): number {
    return this.coming.size;
  }

  box(id: string): Box | null {
    return this.now()?.boxes.find((box) => box.id === id) ?? null;
  }

  /** The box that this one was before it was moved, or moved back. */
  sameAs(id: string, boxes: readonly Box[]): Box | null {
    return boxes.find((box) => box.id === id) ?? boxes.find((box) => this.originOf(box.id) === this.originOf(id)) ?? null;
  }

  change(removed: readonly Box[], added: readonly Box[], words: string): void {
    const now = this.now();
    if (now !== null) this.perform(draftBoxes(now, removed, added, words));
  }

  /** The box at another place, or with another tag; gives the one that takes its place. */
  replace(before: Box, to: Partial<Box>, words: string): Box {
    const after = replacement(before, to, newId());
    this.origins.set(after.id, this.originOf(before.id));
    this.change([before], [after], words);
    return after;
  }

  sayNoObjects(isSaid: boolean): void {
    const now = this.now();
    if (now !== null) this.perform(draftNoObjects(now, isSaid));
  }

  private perform(draft: Draft | null): void {
    if (draft === null || !this.page.canEdit()) return;
    const { edit } = draft;
    this.coming.add(edit);
    this.onChanged();
    this.page.change(draft).then(
      () => {
        this.coming.delete(edit);
        this.onChanged();
      },
      (error: unknown) => {
        this.coming.delete(edit);
        this.onChanged();
        const reason = error instanceof Error ? error.message : "This browser did not keep it.";
        toast(`${edit.words}: not kept. ${reason}`);
      },
    );
  }

  private originOf(id: string): string {
    return this.origins.get(id) ?? id;
  }
}
