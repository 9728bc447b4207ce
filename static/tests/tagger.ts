/** A page's worth of tagging without a page: what tests/faults/edit_kills.py runs in a browser. */

import { inverseOf } from "../src/edits/both_sides.ts";
import { createEditQueue, withWaiting } from "../src/edits/index.ts";
import type { DraftEdit, EditQueue, ImageState } from "../src/edits/types.ts";

/** The images as this page shows them, and the acts of a person on them. */
class Tagger {
  readonly queue: EditQueue;
  readonly mishaps: string[] = [];
  private readonly images = new Map<string, ImageState>();

  constructor(person: string, project: string) {
    this.queue = createEditQueue({ person, project });
    this.queue.onAnswer((_, answer) => {
      for (const state of answer.images) {
        this.images.set(state.image, state);
      }
    });
    this.queue.onConflict((edit, conflict) => this.mishaps.push(`${edit.words}: ${conflict.reason}`));
    this.queue.onRefused(({ edit, code }) => this.mishaps.push(`${edit.words}: ${code}`));
  }

  /** Take what the server has; what it answered since the queue was ready is newer. */
  load(images: ImageState[]): void {
    for (const image of images) {
      const answered = this.images.get(image.image);
      if (answered === undefined || answered.version < image.version) {
        this.images.set(image.image, image);
      }
    }
  }

  /** What the person sees, edits that wait included: image, tags, whether it is deleted. */
  shown(): [string, string[], boolean][] {
    const waiting = this.queue.waiting();
    return [...this.images.values()].map((image) => {
      const { tags, isRemoved } = withWaiting(image, waiting);
      return [image.image, tags.toSorted(), isRemoved];
    });
  }

  add(image: string, tag: string): Promise<void> {
    return this.do({ act: "label", changes: [{ ...this.seen(image), addTags: [tag] }], words: `+${tag} on ${image}` });
  }

  remove(image: string, tag: string): Promise<void> {
    return this.do({ act: "label", changes: [{ ...this.seen(image), removeTags: [tag] }], words: `-${tag} on ${image}` });
  }

  delete(image: string): Promise<void> {
    return this.do({ act: "delete", changes: [this.seen(image)], words: `delete ${image}` });
  }

  restore(image: string): Promise<void> {
    return this.do({ act: "restore", changes: [this.seen(image)], words: `restore ${image}` });
  }

  private seen(image: string): { image: string; version: number } {
    return { image, version: this.images.get(image)?.version ?? 1 };
  }

  private do(edit: DraftEdit): Promise<void> {
    const before = this.images.get(edit.changes[0]?.image ?? "");
    if (before === undefined) {
      throw new Error("no such image");
    }
    return this.queue.perform(edit, inverseOf(edit, before));
  }
}

declare global {
  interface Window {
    openTagger(person: string, project: string): Promise<void>;
    tagger: Tagger;
  }
}

window.openTagger = async (person, project) => {
  window.tagger = new Tagger(person, project);
  await window.tagger.queue.ready;
};
