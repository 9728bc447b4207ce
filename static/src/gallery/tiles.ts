/** The grid: a tile an image, more as one scrolls, one tab stop, arrows inside. */

import { element } from "../edits/elements.ts";
import type { Collection } from "./collection.ts";
import { tileWindow } from "./tile_window.ts";
import type { GalleryItem, PageTag } from "./types.ts";

const TILES_AT_ONCE = 60;
// More tiles come when the end of those drawn is this close below the window.
const AHEAD_PIXELS = 2500;
// Before a tile's height is known.
const FIRST_TILES = 60;
const WRONG_WORDS = { missed: "missed", false: "false" };

export interface TileActs {
  tags(): PageTag[];
  isSelected(image: string): boolean;
  canSelect(): boolean;
  onOpen(image: string): void;
  onPick(image: string, isRange: boolean): void;
}

export class Tiles {
  private readonly list: HTMLElement;
  private readonly end: HTMLElement;
  private readonly collection: Collection;
  private readonly acts: TileActs;
  /** Every tile made so far, in order; only those near the window are in the page. */
  private readonly tiles = new Map<string, HTMLLIElement>();
  private readonly old = new Set<string>();
  private visible: string[] = [];
  private shownCount = 0;
  private isLoading = false;
  private focused = "";
  private frame = 0;

  constructor(list: HTMLElement, end: HTMLElement, collection: Collection, acts: TileActs) {
    this.list = list;
    this.end = end;
    this.collection = collection;
    this.acts = acts;
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.more();
    }, { rootMargin: `${AHEAD_PIXELS}px` }).observe(end);
    const soon = (): void => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.place());
    };
    addEventListener("scroll", soon, { passive: true });
    new ResizeObserver(soon).observe(document.body);
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("focusin", (event) => {
      const tile = (event.target as Element).closest<HTMLElement>(".tile");
      if (tile?.dataset.image) this.setTabStop(tile.dataset.image);
    });
  }

  /** Draw the filter from its beginning; `atLeast` tiles where that many were shown before. */
  async restart(atLeast = 0): Promise<void> {
    this.tiles.clear();
    this.old.clear();
    this.shownCount = 0;
    this.isLoading = false;
    do await this.more();
    while (this.shownCount < atLeast && this.shownCount < this.collection.count());
    if (this.shownCount === 0) this.arrange();
  }

  private async more(): Promise<void> {
    if (this.isLoading || this.shownCount >= this.collection.count()) return;
    this.isLoading = true;
    try {
      if (this.collection.slice(this.shownCount, this.shownCount + 1).length === 0) await this.collection.ready();
      const images = this.collection.slice(this.shownCount, this.shownCount + TILES_AT_ONCE);
      const items = await this.collection.load(images);
      this.shownCount += images.length;
      const isFirst = this.tiles.size === 0;
      for (const item of items) {
        if (!this.tiles.has(item.image)) this.tiles.set(item.image, this.draw(item));
      }
      this.arrange();
      const first = items[0];
      if (isFirst && first) this.setTabStop(first.image);
    } catch {
      // The server is away: the next scroll asks again.
      return;
    } finally {
      this.isLoading = false;
    }
    requestAnimationFrame(() => this.goOn());
  }

  /** An end that never left the window's reach tells nobody that it is still there. */
  private goOn(): void {
    if (this.end.getBoundingClientRect().top < innerHeight + AHEAD_PIXELS) void this.more();
  }

  /** Tiles came or went: find out which there are, then place them. */
  private arrange(): void {
    this.visible = [...this.tiles].filter(([, tile]) => !tile.hidden).map(([image]) => image);
    this.place();
  }

  /** Have those tiles in the page that are near the window, and room for the others. */
  private place(): void {
    const sample = this.list.firstElementChild;
    const gap = Number.parseFloat(getComputedStyle(this.list).rowGap) || 0;
    const shownHeight = sample instanceof HTMLElement ? sample.offsetHeight : 0;
    const columns = this.columns();
    const rowPixels = shownHeight + gap;
    const around = shownHeight === 0
      ? { start: 0, end: Math.min(this.visible.length, FIRST_TILES), rowsAbove: 0, rowsBelow: 0 }
      : tileWindow({
          count: this.visible.length,
          columns,
          rowPixels,
          scrolledPixels: -this.list.getBoundingClientRect().top,
          windowPixels: innerHeight,
        });
    const wanted = this.visible.slice(around.start, around.end).flatMap((image) => this.tiles.get(image) ?? []);
    const staying = new Set<Element>(wanted);
    for (const tile of [...this.list.children]) if (!staying.has(tile)) tile.remove();
    let next = this.list.firstElementChild;
    for (const tile of wanted) {
      if (tile === next) {
        next = tile.nextElementSibling;
        continue;
      }
      this.freshen(tile);
      this.list.insertBefore(tile, next);
    }
    this.list.style.paddingBlockStart = `${around.rowsAbove * rowPixels}px`;
    this.list.style.paddingBlockEnd = `${around.rowsBelow * rowPixels}px`;
    const first = wanted[0]?.dataset.image;
    const stop = this.tiles.get(this.focused);
    if (first !== undefined && (stop === undefined || !staying.has(stop))) this.setTabStop(first);
  }

  /** A tile comes into the page: what changed while it was out is drawn now. */
  private freshen(tile: HTMLElement): void {
    const image = tile.dataset.image ?? "";
    if (this.old.delete(image)) {
      const item = this.collection.item(image);
      if (item) this.fill(tile as HTMLLIElement, item);
    }
    this.mark([image]);
  }

  /** Draw these images again, where they are shown. */
  redraw(images: Iterable<string>): void {
    let isOther = false;
    for (const image of images) {
      const tile = this.tiles.get(image);
      if (!tile) continue;
      const wasHidden = tile.hidden;
      tile.hidden = this.collection.isRemoved(image);
      isOther ||= tile.hidden !== wasHidden;
      const item = tile.isConnected ? this.collection.item(image) : null;
      if (item) this.fill(tile, item);
      else this.old.add(image);
    }
    if (isOther) this.arrange();
  }

  /** Show which of these are selected; nothing else of them changed. */
  mark(images: Iterable<string>): void {
    for (const image of images) {
      const pick = this.tiles.get(image)?.querySelector<HTMLInputElement>(".pick");
      if (pick) pick.checked = this.acts.isSelected(image);
    }
  }

  redrawAll(): void {
    this.redraw(this.tiles.keys());
  }

  shown(): string[] {
    return this.visible;
  }

  get count(): number {
    return this.shownCount;
  }

  /** The image whose tile has the focus, or had it last. */
  get current(): string {
    return this.focused;
  }

  hasFocus(): boolean {
    return this.list.contains(document.activeElement);
  }

  async focus(image: string): Promise<void> {
    const place = this.collection.indexOf(image);
    while (!this.tiles.has(image) && place >= this.shownCount && this.shownCount < this.collection.count()) {
      const before = this.shownCount;
      await this.more();
      if (this.shownCount === before) break;
    }
    const tile = this.tiles.get(image);
    if (!tile || tile.hidden) return;
    if (!tile.isConnected) this.scrollTo(image);
    tile.scrollIntoView({ block: "nearest" });
    tile.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  }

  /** Scroll to where the tile will be, and have it there. */
  private scrollTo(image: string): void {
    const sample = this.list.firstElementChild;
    if (!(sample instanceof HTMLElement)) return;
    const gap = Number.parseFloat(getComputedStyle(this.list).rowGap) || 0;
    const row = Math.floor(this.visible.indexOf(image) / this.columns());
    const top = this.list.getBoundingClientRect().top + scrollY + row * (sample.offsetHeight + gap);
    scrollTo({ top: top - innerHeight / 2, behavior: "instant" });
    this.place();
  }

  /** Move the focus by arrows: one step, or one row. */
  move(step: "left" | "right" | "up" | "down" | "first" | "last"): void {
    const shown = this.visible;
    const place = shown.indexOf(this.focused);
    const columns = this.columns();
    const wanted = {
      left: place - 1, right: place + 1, up: place - columns, down: place + columns, first: 0, last: shown.length - 1,
    }[step];
    const image = shown[Math.min(shown.length - 1, Math.max(0, wanted))];
    if (image !== undefined) void this.focus(image);
  }

  private columns(): number {
    return getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
  }

  private setTabStop(image: string): void {
    this.tiles.get(this.focused)?.querySelector("a")?.setAttribute("tabindex", "-1");
    this.focused = image;
    this.tiles.get(image)?.querySelector("a")?.setAttribute("tabindex", "0");
  }

  private clicked(event: MouseEvent): void {
    const target = event.target as Element;
    const image = target.closest<HTMLElement>(".tile")?.dataset.image;
    if (image === undefined) return;
    if (target instanceof HTMLInputElement) {
      this.acts.onPick(image, event.shiftKey);
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.acts.onPick(image, false);
    } else if (event.shiftKey) {
      event.preventDefault();
      this.acts.onPick(image, true);
    } else if (target.closest("a")) {
      event.preventDefault();
      this.acts.onOpen(image);
    }
  }

  private draw(item: GalleryItem): HTMLLIElement {
    const link = element("a", "");
    link.tabIndex = -1;
    const address = new URL(location.href);
    address.searchParams.set("image", item.image);
    link.href = `${address.pathname}${address.search}`;
    const image = element("img", "");
    image.loading = "lazy";
    image.decoding = "async";
    image.width = 256;
    image.height = 192;
    image.src = item.thumbnail;
    link.append(element("span", "pic", image), element("span", "cap"));
    const tile = element("li", "tile", link);
    tile.dataset.image = item.image;
    const pick = element("input", "pick");
    pick.type = "checkbox";
    pick.tabIndex = -1;
    tile.append(pick);
    this.fill(tile, item);
    return tile;
  }

  private fill(tile: HTMLLIElement, item: GalleryItem): void {
    const tags = this.acts.tags().filter(({ id }) => item.tags.includes(id));
    const name = item.name === "" ? "Image" : item.name;
    const image = tile.querySelector("img");
    if (image) image.alt = `${name}: ${tags.length === 0 ? "untagged" : tags.map((tag) => tag.name).join(", ")}`;
    const keys = tags.map((tag) => {
      const key = element("span", tag.type === "Negative" ? "key none" : "key", tag.key);
      if (tag.type !== "Negative") key.dataset.tag = String(tag.color);
      key.setAttribute("aria-hidden", "true");
      return key;
    });
    const words = tags.length === 1 && tags[0] ? `${tags[0].name}, ${name}` : name;
    tile.querySelector(".cap")?.replaceChildren(...keys, element("span", "", words));
    const pick = tile.querySelector<HTMLInputElement>(".pick");
    if (pick) {
      pick.hidden = !this.acts.canSelect();
      pick.checked = this.acts.isSelected(item.image);
      pick.setAttribute("aria-label", `Select ${name}`);
    }
    tile.classList.toggle("wrong", item.wrong !== "");
    tile.querySelector(".wrong-word")?.remove();
    if (item.wrong !== "") tile.querySelector(".pic")?.append(element("span", "badge bad wrong-word", WRONG_WORDS[item.wrong]));
    tile.hidden = this.collection.isRemoved(item.image);
  }
}
