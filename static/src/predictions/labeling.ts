/** Labels put on predictions: tags, what the model says, "no objects", and all of them taken off. */

import type { TagRules } from "../edits/both_sides.ts";
import type { ImageChange } from "../edits/types.ts";
import { draftNoObjects, draftTag } from "../gallery/drafts.ts";
import type { Draft, GalleryItem } from "../gallery/types.ts";
import { toast } from "../toast.ts";
import { draftAccepted } from "./accepting.ts";
import { isBare } from "./draft_store.ts";
import type { PredictionRecord } from "./types.ts";
import { predictionCount } from "./words.ts";

export interface LabelingPorts {
  load(images: string[]): Promise<GalleryItem[]>;
  record(image: string): PredictionRecord | null;
  rules(): TagRules;
  isDetection(): boolean;
  /** The share from which boxes are drawn. */
  from(): number;
  change(draft: Draft): Promise<void>;
}

export class Labeling {
  private readonly ports: LabelingPorts;

  constructor(ports: LabelingPorts) {
    this.ports = ports;
  }

  async toggleTag(images: string[], tag: string): Promise<void> {
    const items = await this.ports.load(images);
    const isOn = !items.every(({ tags }) => tags.includes(tag));
    await this.make(draftTag(items, tag, isOn, this.ports.rules()));
  }

  async setTag(images: string[], tag: string, isOn: boolean): Promise<void> {
    await this.make(draftTag(await this.ports.load(images), tag, isOn, this.ports.rules()));
  }

  async sayNoObjects(images: string[]): Promise<void> {
    if (await this.make(draftNoObjects(await this.ports.load(images)))) return;
    toast(images.length === 1 ? "It has boxes, or is marked already." : "They have boxes, or are marked already.");
  }

  /** Take what the model says as labels; false where that changes nothing. */
  async accept(images: string[]): Promise<boolean> {
    const items = await this.ports.load(images);
    const pictures = items.flatMap((item) => {
      const record = this.ports.record(item.image);
      return record === null ? [] : [{ item, record }];
    });
    return this.make(draftAccepted(pictures, this.ports.rules(), this.ports.isDetection(), this.ports.from()));
  }

  async takeOff(images: string[]): Promise<void> {
    await this.make(draftBare(await this.ports.load(images)));
  }

  private async make(made: Draft | null): Promise<boolean> {
    if (made !== null) await this.ports.change(made);
    return made !== null;
  }
}

/** Take all labels off; null where there are none. */
export function draftBare(items: readonly GalleryItem[]): Draft | null {
  const labeled = items.filter((item) => !isBare(item));
  if (labeled.length === 0) return null;
  const words = `Took the labels off ${predictionCount(labeled.length)}`;
  const forward = labeled.map(({ image, version, tags, boxes, hasNoObjects }): ImageChange => {
    if (boxes.length === 0 && !hasNoObjects) return { image, version, removeTags: tags };
    return { image, version, removeBoxes: boxes.map(({ id }) => id), hasNoObjects: false };
  });
  const back = labeled.map(({ image, version, tags, boxes, hasNoObjects }): ImageChange => {
    return boxes.length === 0 && !hasNoObjects ? { image, version, addTags: tags } : { image, version, addBoxes: boxes, hasNoObjects };
  });
  return { edit: { act: "label", changes: forward, words }, inverse: { act: "label", changes: back, words: `Undid: ${words}` } };
}
