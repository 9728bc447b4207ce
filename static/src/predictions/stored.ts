/** The predictions under the filter: page after page as one goes on, with the labels that they got laid over them. */

import { callJson } from "../call.ts";
import type { GalleryItem } from "../gallery/types.ts";
import type { Drafts } from "./drafts.ts";
import type { PredictionContent, PredictionRecord } from "./types.ts";
import { moment } from "./words.ts";

export class StoredPredictions {
  private readonly base: string;
  private readonly drafts: Drafts;
  private readonly records = new Map<string, PredictionRecord>();
  private readonly gone = new Set<string>();
  private order: string[] = [];
  private places = new Map<string, number>();
  private total = 0;
  private query = "";
  private next: PredictionContent | null = null;
  private coming: Promise<void> | null = null;

  constructor(base: string, drafts: Drafts) {
    this.base = base;
    this.drafts = drafts;
  }

  /** A filter is shown, with its first page. */
  start(content: PredictionContent, total: number, query: string): void {
    this.query = query;
    this.order = [];
    this.places = new Map();
    this.gone.clear();
    this.total = total;
    this.coming = null;
    this.take(content);
  }

  /** How many there are as far as is known, and one more while there is another page. */
  count(): number {
    return this.order.length + (this.isEnd ? 0 : 1);
  }

  /** How many the filter matches, as far as they were counted. */
  get matching(): number {
    return Math.max(0, (this.isEnd ? this.order.length : Math.max(this.total, this.order.length)) - this.gone.size);
  }

  /** How many are on the pages that came so far. */
  get known(): number {
    return this.order.length;
  }

  get isEnd(): boolean {
    return this.next === null || this.next.continuation === "";
  }

  indexOf(image: string): number {
    return this.places.get(image) ?? -1;
  }

  /** Null where it was moved or deleted. */
  imageAt(index: number): string | null {
    const image = this.order[index];
    return image === undefined || this.gone.has(image) ? null : image;
  }

  slice(start: number, end: number): string[] {
    return this.order.slice(start, end);
  }

  all(): string[] {
    return this.order.filter((image) => !this.gone.has(image));
  }

  record(image: string): PredictionRecord | null {
    return this.records.get(image) ?? null;
  }

  item(image: string): GalleryItem | null {
    const record = this.records.get(image);
    if (record === undefined) return null;
    const { width, height, thumbnail, picture, created } = record;
    const { tags, boxes, hasNoObjects } = this.drafts.labelsOf(image);
    return { image, version: 0, tags, boxes, hasNoObjects, name: moment(created), width, height, thumbnail, picture, wrong: "" };
  }

  isRemoved(image: string): boolean {
    return this.gone.has(image);
  }

  remove(images: readonly string[]): void {
    for (const image of images) if (this.places.has(image)) this.gone.add(image);
  }

  /** The next page is there, or there is none. Throws CallError. */
  ready(): Promise<void> {
    if (this.isEnd) return Promise.resolve();
    this.coming ??= this.fetchNext().finally(() => {
      this.coming = null;
    });
    return this.coming;
  }

  async load(images: readonly string[]): Promise<GalleryItem[]> {
    const missing = images.filter((image) => !this.records.has(image));
    await Promise.all(missing.map((image) => this.fetchWhole(image).catch(() => undefined)));
    return images.flatMap((image) => this.item(image) ?? []);
  }

  /** All that is said of a picture. Throws CallError where it is gone. */
  async fetchWhole(image: string): Promise<PredictionRecord> {
    const record = await callJson<PredictionRecord>("GET", `${this.base}/${image}`);
    this.records.set(image, record);
    return record;
  }

  private async fetchNext(): Promise<void> {
    const { query, next } = this;
    if (next === null) return;
    const parameters = new URLSearchParams(query);
    parameters.set("session", next.session);
    parameters.set("continuation", next.continuation);
    const content = await callJson<PredictionContent>("GET", `${this.base}/more?${parameters.toString()}`);
    if (query === this.query && next === this.next) this.take(content);
  }

  private take(content: PredictionContent): void {
    this.next = content;
    for (const record of content.items) {
      this.records.set(record.image, record);
      if (this.places.has(record.image)) continue;
      this.places.set(record.image, this.order.length);
      this.order.push(record.image);
    }
  }
}
