/** Predictions that leave the page: to the training images, or deleted. */

import { callJson } from "../call.ts";
import type { Labels } from "../edits/both_sides.ts";
import { chunks } from "../gallery/server.ts";
import type { Selection } from "../gallery/selection.ts";
import type { Tiles } from "../gallery/tiles.ts";
import { toast } from "../toast.ts";
import type { SelectionBar } from "./bar.ts";
import { isBare } from "./draft_store.ts";
import type { Drafts } from "./drafts.ts";
import type { Newcomers } from "./newcomers.ts";
import { promote } from "./promoting.ts";
import type { StoredPredictions } from "./stored.ts";
import { isSureToDelete } from "./sure.ts";
import { movedWords, predictionCount } from "./words.ts";

export interface LeavingPorts {
  /** The page's own address, and that of the training images. */
  base: string;
  images: string;
  drafts: Drafts;
  stored: StoredPredictions;
  tiles: Tiles;
  bar: SelectionBar;
  selection: Selection;
  newcomers: Newcomers;
  changed(images: string[]): void;
  countsChanged(): void;
}

export class Leaving {
  private readonly ports: LeavingPorts;
  private isSaving = false;

  constructor(ports: LeavingPorts) {
    this.ports = ports;
  }

  /** Move them to the training images with the labels they have here. True where all of them went. */
  async save(images: string[]): Promise<boolean> {
    if (images.length === 0 || this.isSaving) return false;
    this.isSaving = true;
    const { drafts, bar, base } = this.ports;
    const goOn = this.focusAfter(images);
    // What is changed while they are on their way is not sent with them.
    const labels = new Map<string, Labels>(images.map((image) => [image, drafts.labelsOf(image)]));
    const labelsOf = (image: string): Labels => labels.get(image) ?? drafts.labelsOf(image);
    bar.progress(0, images.length);
    const result = await promote(images, {
      address: `${base}/promote`,
      atOnce: bar.atOnce,
      labelsOf,
      onBatch: async (left, done) => {
        await this.leave(left);
        bar.progress(done, images.length);
      },
    }).finally(() => {
      this.isSaving = false;
      bar.progress(0, 0);
    });
    const bare = result.moved.filter((image) => isBare(labelsOf(image))).length;
    const words = [movedWords(result.moved.length, bare, result.gone.length, result.kept), result.error].filter((part) => part !== "").join(" ");
    toast(words, result.moved.length > 0 ? { label: "Show them", run: () => location.assign(this.ports.images) } : undefined);
    this.ports.countsChanged();
    goOn();
    return result.moved.length + result.gone.length === images.length;
  }

  /** Ask, since it cannot be undone, then delete. True where they are gone. */
  async delete(images: string[]): Promise<boolean> {
    const goOn = this.focusAfter(images);
    if (images.length === 0 || !(await isSureToDelete(images.length))) return false;
    for (const some of chunks(images, this.ports.bar.atOnce)) {
      try {
        await callJson("POST", `${this.ports.base}/delete`, { images: some });
      } catch (error) {
        toast(error instanceof TypeError ? "The server does not answer; nothing of the rest was deleted." : (error as Error).message);
        return false;
      }
      await this.leave(some);
    }
    goOn();
    toast(`Deleted ${predictionCount(images.length)}`);
    this.ports.countsChanged();
    return true;
  }

  /** The prediction next to these, once they are gone. */
  neighborOf(images: readonly string[]): string | null {
    const { stored } = this.ports;
    const going = new Set(images);
    const place = Math.max(...images.map((image) => stored.indexOf(image)));
    const isThere = (image: string): boolean => !going.has(image) && !stored.isRemoved(image);
    const all = stored.slice(0, stored.count());
    return all.slice(place + 1).find(isThere) ?? all.slice(0, Math.max(0, place)).findLast(isThere) ?? null;
  }

  /** What puts the focus on the next prediction, where it was on these or on the bar. */
  private focusAfter(images: readonly string[]): () => void {
    const { tiles, bar } = this.ports;
    const hadFocus = tiles.hasFocus() || bar.hasFocus();
    const next = this.neighborOf(images);
    return () => {
      if (hadFocus && next !== null) void tiles.focus(next);
    };
  }

  /** They are no predictions any more. */
  private async leave(images: string[]): Promise<void> {
    const { stored, newcomers, drafts, selection, changed } = this.ports;
    for (const image of images) {
      const record = stored.record(image);
      if (record !== null && stored.indexOf(image) >= 0) newcomers.left(record.created);
    }
    stored.remove(images);
    await drafts.forget(images);
    selection.drop(images);
    changed(images);
  }
}
