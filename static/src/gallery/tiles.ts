/** The grid: a tile an image, more as one scrolls, one tab stop, arrows inside. */

import { element } from "../edits/elements.ts";
import type { Collection } from "./collection.ts";
import type { GalleryItem, PageTag } from "./types.ts";

const TILES_AT_ONCE = 60;
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
  private readonly collection: Collection;
  private readonly acts: TileActs;
  private readonly tiles = new Map<string, HTMLLIElement>();
  private shownCount = 0;
  private isLoading = false;
  private focused = "";

  constructor(list: HTMLElement, end: HTMLElement, collection: Collection, acts: TileActs) {
    this.list = list;
    this.collection = collection;
    this.acts = acts;
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.more();
    }, { rootMargin: "1500px" }).observe(end);
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("focusin", (event) => {
      const tile = (event.target as Element).closest<HTMLElement>(".tile");
      if (tile?.dataset.image) this.setTabStop(tile.dataset.image);
    });
  }

  /** Draw the filter from its beginning; `atLeast` tiles where that many were shown before. */
  async restart(atLeast = 0): Promise<void> {
    this.tiles.clear();
    this.list.replaceChildren();
    this.shownCount = 0;
    this.isLoading = false;
    do await this.more();
    while (this.shownCount < atLeast && this.shownCount < this.collection.count());
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
      const part = document.createDocumentFragment();
      for (const item of items) {
        if (this.tiles.has(item.image)) continue;
        const tile = this.draw(item);
        this.tiles.set(item.image, tile);
        part.append(tile);
      }
      this.list.append(part);
      const first = items[0];
      if (isFirst && first) this.setTabStop(first.image);
    } catch {
      // The server is away: the next scroll asks again.
    } finally {
      this.isLoading = false;
    }
  }

  /** Draw these images again, where they are shown. */
  redraw(images: Iterable<string>): void {
    for (const image of images) {
      const tile = this.tiles.get(image);
      const item = this.collection.item(image);
      if (tile && item) this.fill(tile, item);
    }
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
    return [...this.tiles].filter(([, tile]) => !tile.hidden).map(([image]) => image);
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
    tile.scrollIntoView({ block: "nearest" });
    tile.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  }

  /** Move the focus by arrows: one step, or one row. */
  move(step: "left" | "right" | "up" | "down" | "first" | "last"): void {
    const shown = this.shown();
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
