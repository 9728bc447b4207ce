/** The images under the filter, of which the gallery is shown one batch at a time. */

import { Collection } from "../gallery/collection.ts";
import type { PageData } from "../gallery/server.ts";
import { BATCH_SIZE, nextBatch } from "./batch.ts";

const ALL = Number.MAX_SAFE_INTEGER;

export class Batches extends Collection {
  private whole: string[] = [];
  private isOther = true;
  /** Set before the first filter is shown. */
  aside: () => ReadonlySet<string> = () => new Set();

  override start(data: PageData, query: string): void {
    this.isOther = true;
    super.start(data, query);
  }

  /** What is shown stays when the rest of the order comes; where there is room, more stand behind it. */
  protected override setOrder(order: string[]): void {
    this.whole = order;
    if (this.isOther || this.count() === 0) this.advance();
    else super.setOrder([...this.together(), ...this.upcoming().slice(0, Math.max(0, BATCH_SIZE - this.count()))]);
    this.isOther = false;
  }

  override count(): number {
    return this.together().length;
  }

  together(): string[] {
    return this.slice(0, ALL);
  }

  /** Show the next that are open. */
  advance(): void {
    super.setOrder(this.next(new Set()));
  }

  /** Show these again. */
  goBack(images: string[]): void {
    super.setOrder(images);
  }

  /** What `advance` would show once those shown now are done. */
  upcoming(): string[] {
    return this.next(new Set(this.together()));
  }

  /** How many wait behind those shown, as far as the order is known. */
  waitingCount(): number {
    const shown = new Set(this.together());
    return this.whole.filter((image) => !shown.has(image) && !this.aside().has(image) && this.isOpen(image)).length;
  }

  /** Nobody has tagged it, as far as is known. */
  isOpen(image: string): boolean {
    const item = this.item(image);
    return !this.isRemoved(image) && (item === null || (item.tags.length === 0 && !item.hasNoObjects));
  }

  private next(but: ReadonlySet<string>): string[] {
    return nextBatch(this.whole, (image) => !but.has(image) && this.isOpen(image), this.aside(), BATCH_SIZE);
  }
}
