/** The images under the filter: their order, what is known of each, and the edits that wait laid over it. */

import { withWaiting } from "../edits/both_sides.ts";
import type { DraftEdit, EditQueue, ImageState } from "../edits/types.ts";
import { type EditableState, fetchItems, fetchOrder, fetchStates, type PageData } from "./server.ts";
import type { GalleryItem } from "./types.ts";

export class Collection {
  private readonly base: string;
  private readonly queue: EditQueue;
  private readonly known = new Map<string, GalleryItem>();
  private readonly removed = new Set<string>();
  /** What edits were answered with: newer than items that were on their way meanwhile. */
  private readonly answered = new Map<string, ImageState>();
  private order: string[] = [];
  private places = new Map<string, number>();
  private total = 0;
  private query = "";
  private ordering: Promise<void> = Promise.resolve();
  private waitingOf = new Map<string, DraftEdit[]>();
  private waitingIds = "";

  constructor(base: string, queue: EditQueue) {
    this.base = base;
    this.queue = queue;
  }

  /** A filter is shown: its first images are known, the rest of its order is fetched. */
  start(data: PageData, query: string): void {
    this.query = query;
    this.removed.clear();
    for (const item of data.first) this.take(item);
    this.total = data.total;
    this.setOrder(data.first.map(({ image }) => image));
    if (data.total <= data.first.length) {
      this.ordering = Promise.resolve();
      return;
    }
    this.orderAgain();
  }

  /** Ask the server for the whole order. */
  orderAgain(): void {
    const { query } = this;
    this.ordering = fetchOrder(this.base, query).then((order) => {
      if (this.query === query) this.setOrder(order);
    });
    this.ordering.catch(() => undefined);
  }

  protected setOrder(order: string[]): void {
    this.order = order;
    this.places = new Map(order.map((image, index) => [image, index]));
  }

  ready(): Promise<void> {
    return this.ordering;
  }

  count(): number {
    return Math.max(this.total, this.order.length);
  }

  indexOf(image: string): number {
    return this.places.get(image) ?? -1;
  }

  imageAt(index: number): string | null {
    return this.order[index] ?? null;
  }

  slice(start: number, end: number): string[] {
    return this.order.slice(start, end);
  }

  /** Every image of the filter that is still there. */
  all(): string[] {
    return this.order.filter((image) => !this.isRemoved(image));
  }

  item(image: string): GalleryItem | null {
    const item = this.known.get(image);
    if (item === undefined) return null;
    const { tags, boxes, hasNoObjects } = this.shown(item);
    return { ...item, tags, boxes, hasNoObjects };
  }

  isRemoved(image: string): boolean {
    const item = this.known.get(image);
    return item === undefined ? this.removed.has(image) : this.shown(item).isRemoved;
  }

  private shown(item: GalleryItem): ImageState {
    const { image, version, tags, boxes, hasNoObjects } = item;
    const state = { image, version, tags, boxes, hasNoObjects, isRemoved: this.removed.has(image) };
    return withWaiting(state, this.waiting().get(image) ?? []);
  }

  /** Waiting edits by image: one edit may change ten thousand, and every tile asks for its own. */
  private waiting(): Map<string, DraftEdit[]> {
    const edits = this.queue.waiting();
    const ids = edits.map(({ id }) => id).join(" ");
    if (ids === this.waitingIds) return this.waitingOf;
    this.waitingIds = ids;
    this.waitingOf = new Map();
    for (const { act, changes, words } of edits) {
      for (const change of changes) {
        const single: DraftEdit = { act, changes: [change], words };
        const others = this.waitingOf.get(change.image);
        if (others) others.push(single);
        else this.waitingOf.set(change.image, [single]);
      }
    }
    return this.waitingOf;
  }

  async load(images: string[]): Promise<GalleryItem[]> {
    const missing = images.filter((image) => !this.known.has(image));
    if (missing.length > 0) {
      for (const item of await fetchItems(this.base, this.query, missing)) this.take(item);
    }
    return images.flatMap((image) => this.item(image) ?? []);
  }

  /** What an edit of these images starts from; asks the server for those that were never shown. */
  async states(images: string[]): Promise<EditableState[]> {
    const unknown = images.filter((image) => !this.known.has(image));
    const fetched = unknown.length === 0 ? [] : await fetchStates(this.base, unknown);
    const byId = new Map(fetched.map((state) => [state.image, state]));
    return images.flatMap((image) => {
      const item = this.item(image);
      if (item !== null) return [{ image, version: item.version, tags: item.tags }];
      return byId.get(image) ?? [];
    });
  }

  /** The server's word on images. */
  note(states: ImageState[]): void {
    for (const state of states) {
      const { image, version, isRemoved } = state;
      this.answered.set(image, state);
      const item = this.known.get(image);
      if (item !== undefined && item.version <= version) this.known.set(image, said(item, state));
      if (isRemoved) this.removed.add(image);
      else this.removed.delete(image);
    }
  }

  /** These came into the locked test set, or went out of it. */
  noteTestSet(images: readonly string[], isIn: boolean): void {
    for (const image of images) {
      const item = this.known.get(image);
      if (item !== undefined) this.known.set(image, { ...item, isInTestSet: isIn });
    }
  }

  private take(item: GalleryItem): void {
    const state = this.answered.get(item.image);
    const isOlder = state !== undefined && !this.isFrozen() && item.version < state.version;
    this.known.set(item.image, isOlder ? said(item, state) : item);
  }

  /** An iteration's images are as they were, whatever was edited since. */
  private isFrozen(): boolean {
    return new URLSearchParams(this.query).has("iteration");
  }

  /** What the server was known to say is old. */
  forget(): void {
    this.known.clear();
  }
}

/** The item with the labels that the server told. */
function said(item: GalleryItem, { version, tags, boxes, hasNoObjects }: ImageState): GalleryItem {
  return { ...item, version, tags, boxes, hasNoObjects };
}
