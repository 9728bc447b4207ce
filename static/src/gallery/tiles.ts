/** The grid: a tile an image, more as one scrolls, one tab stop, arrows inside. */

import type { Collection } from "./collection.ts";
import { blankTile, GALLERY_FACE, type TileFace } from "./tile_face.ts";
import { tileWindow } from "./tile_window.ts";
import type { GalleryItem, PageTag } from "./types.ts";

const TILES_AT_ONCE = 60;
// More tiles come when the end of those drawn is this close below the window.
const AHEAD_PIXELS = 2500;
// Before a tile's height is known.
const FIRST_TILES = 60;
// Tiles out of the page that are kept, so that scrolling back finds them made.
const KEPT_TILES = 400;

export interface TileActs {
  tags(): PageTag[];
  isSelected(image: string): boolean;
  canSelect(): boolean;
  onOpen(image: string): void;
  onPick(image: string, isRange: boolean): void;
}

/** What the grid asks of the images that it shows. */
export type TileSource = Pick<Collection, "count" | "indexOf" | "slice" | "ready" | "load" | "item" | "isRemoved">;

interface Grid {
  columns: number;
  rowPixels: number;
}

export class Tiles {
  private readonly list: HTMLElement;
  private readonly end: HTMLElement;
  private readonly collection: TileSource;
  private readonly acts: TileActs;
  private readonly face: TileFace;
  private readonly blank = blankTile();
  /** Tiles that are made: those in the page, and some that were there last. */
  private readonly tiles = new Map<string, HTMLLIElement>();
  /** Images that were loaded, in order; `gone` are those of them that are deleted by now. */
  private loaded: string[] = [];
  private readonly gone = new Set<string>();
  private visible: string[] = [];
  private shownCount = 0;
  private isLoading = false;
  private focused = "";
  private frame = 0;
  /** Measured once for each width of the grid: to measure in every frame makes the browser lay out the page in each. */
  private grid: Grid | null = null;
  private placed = "";

  constructor(list: HTMLElement, end: HTMLElement, collection: TileSource, acts: TileActs, face = GALLERY_FACE) {
    this.list = list;
    this.end = end;
    this.collection = collection;
    this.acts = acts;
    this.face = face;
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.more();
    }, { rootMargin: `${AHEAD_PIXELS}px` }).observe(end);
    const soon = (): void => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.place());
    };
    addEventListener("scroll", soon, { passive: true });
    let width = 0;
    new ResizeObserver(() => {
      if (width !== list.clientWidth) {
        this.grid = null;
        this.placed = "";
      }
      width = list.clientWidth;
      soon();
    }).observe(document.body);
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("focusin", (event) => {
      const tile = (event.target as Element).closest<HTMLElement>(".tile");
      if (tile?.dataset.image) this.setTabStop(tile.dataset.image);
    });
  }

  /** Draw the filter from its beginning; `atLeast` tiles where that many were shown before. */
  async restart(atLeast = 0): Promise<void> {
    this.tiles.clear();
    this.gone.clear();
    this.loaded = [];
    this.shownCount = 0;
    this.isLoading = false;
    do await this.more();
    while (this.shownCount < atLeast && this.shownCount < this.collection.count());
    if (this.shownCount === 0) this.arrange();
    this.list.removeAttribute("aria-busy");
  }

  private async more(): Promise<void> {
    if (this.isLoading || this.shownCount >= this.collection.count()) return;
    this.isLoading = true;
    try {
      if (this.collection.slice(this.shownCount, this.shownCount + 1).length === 0) await this.collection.ready();
      const images = this.collection.slice(this.shownCount, this.shownCount + TILES_AT_ONCE);
      const items = await this.collection.load(images);
      this.shownCount += images.length;
      const isFirst = this.loaded.length === 0;
      for (const { image } of items) {
        this.loaded.push(image);
        if (this.collection.isRemoved(image)) this.gone.add(image);
        else if (!isFirst) this.visible.push(image);
      }
      if (isFirst) this.arrange();
      else this.replace();
      const first = this.visible[0];
      if (isFirst && first !== undefined) this.setTabStop(first);
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

  /** Images came or went: find out which there are, then place them. */
  private arrange(): void {
    this.visible = this.loaded.filter((image) => !this.gone.has(image));
    this.replace();
  }

  private replace(): void {
    this.placed = "";
    this.place();
  }

  private measured(): Grid | null {
    const sample = this.list.firstElementChild;
    if (this.grid !== null || !(sample instanceof HTMLElement) || sample.offsetHeight === 0) return this.grid;
    const style = getComputedStyle(this.list);
    const columns = style.gridTemplateColumns.split(" ").length;
    this.grid = { columns, rowPixels: sample.offsetHeight + (Number.parseFloat(style.rowGap) || 0) };
    return this.grid;
  }

  /** Have those tiles in the page that are near the window, and room for the others. */
  private place(): void {
    const grid = this.measured();
    const count = this.visible.length;
    const around = grid === null
      ? { start: 0, end: Math.min(count, FIRST_TILES), rowsAbove: 0, rowsBelow: 0 }
      : tileWindow({
          count,
          ...grid,
          scrolledPixels: -this.list.getBoundingClientRect().top,
          windowPixels: innerHeight,
        });
    const placed = `${around.start} ${around.end} ${around.rowsAbove} ${around.rowsBelow}`;
    if (placed === this.placed) return;
    this.placed = placed;
    const wanted = this.visible.slice(around.start, around.end).flatMap((image) => this.tileOf(image) ?? []);
    const staying = new Set<Element>(wanted);
    for (const tile of [...this.list.children]) if (!staying.has(tile)) tile.remove();
    let next = this.list.firstElementChild;
    let coming = document.createDocumentFragment();
    const bring = (): void => {
      if (coming.childElementCount > 0) this.list.insertBefore(coming, next);
      coming = document.createDocumentFragment();
    };
    for (const tile of wanted) {
      if (tile === next) {
        bring();
        next = tile.nextElementSibling;
      } else {
        coming.append(tile);
      }
    }
    bring();
    const rowPixels = grid?.rowPixels ?? 0;
    this.list.style.paddingBlockStart = `${around.rowsAbove * rowPixels}px`;
    this.list.style.paddingBlockEnd = `${around.rowsBelow * rowPixels}px`;
    const first = wanted[0]?.dataset.image;
    const stop = this.tiles.get(this.focused);
    if (first !== undefined && (stop === undefined || !staying.has(stop))) this.setTabStop(first);
    this.dropTiles();
  }

  /** The image's tile, as it has to look now. */
  private tileOf(image: string): HTMLLIElement | null {
    const made = this.tiles.get(image);
    if (made !== undefined) {
      if (!made.isConnected) this.mark([image]);
      return made;
    }
    const item = this.collection.item(image);
    if (item === null) return null;
    const tile = this.blank.cloneNode(true) as HTMLLIElement;
    tile.dataset.image = image;
    const parameters = new URLSearchParams(location.search);
    parameters.set("image", image);
    tile.querySelector("a")?.setAttribute("href", `${location.pathname}?${parameters.toString()}`);
    tile.querySelector("img")?.setAttribute("src", item.thumbnail);
    this.fill(tile, item);
    this.tiles.set(image, tile);
    return tile;
  }

  private fill(tile: HTMLLIElement, item: GalleryItem): void {
    const canSelect = this.acts.canSelect();
    this.face.fill(tile, item, { own: this.acts.tags().filter(({ id }) => item.tags.includes(id)), all: this.acts.tags() }, canSelect);
    this.face.mark(tile, this.acts.isSelected(item.image));
  }

  /** Forget the tiles that left the page longest ago. */
  private dropTiles(): void {
    let tooMany = this.tiles.size - this.list.childElementCount - KEPT_TILES;
    for (const [image, tile] of this.tiles) {
      if (tooMany <= 0) return;
      if (tile.isConnected) continue;
      this.tiles.delete(image);
      tooMany -= 1;
    }
  }

  /** Draw these images again, where they are shown. */
  redraw(images: Iterable<string>): void {
    const loaded = new Set(this.loaded);
    let isOther = false;
    for (const image of images) {
      if (!loaded.has(image)) continue;
      const isGone = this.collection.isRemoved(image);
      isOther ||= isGone !== this.gone.has(image);
      if (isGone) this.gone.add(image);
      else this.gone.delete(image);
      const tile = this.tiles.get(image);
      const item = tile?.isConnected ? this.collection.item(image) : null;
      if (tile && item) this.fill(tile, item);
      else this.tiles.delete(image); // made again when it comes into the page
    }
    if (isOther) this.arrange();
  }

  /** Show which of these are selected; nothing else of them changed. */
  mark(images: Iterable<string>): void {
    for (const image of images) {
      const tile = this.tiles.get(image);
      if (tile) this.face.mark(tile, this.acts.isSelected(image));
    }
  }

  redrawAll(): void {
    this.redraw([...this.loaded]);
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
    while (place >= this.shownCount && this.shownCount < this.collection.count()) {
      const before = this.shownCount;
      await this.more();
      if (this.shownCount === before) break;
    }
    if (this.tiles.get(image)?.isConnected !== true) this.scrollTo(image);
    const tile = this.tiles.get(image);
    if (tile?.isConnected !== true) return;
    tile.scrollIntoView({ block: "nearest" });
    tile.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  }

  /** Scroll to where the tile will be, and have it there. */
  private scrollTo(image: string): void {
    const grid = this.measured();
    const place = this.visible.indexOf(image);
    if (grid === null || place < 0) return;
    const top = this.list.getBoundingClientRect().top + scrollY + Math.floor(place / grid.columns) * grid.rowPixels;
    scrollTo({ top: top - innerHeight / 2, behavior: "instant" });
    this.place();
  }

  /** Move the focus by arrows: one step, or one row. */
  move(step: "left" | "right" | "up" | "down" | "first" | "last"): void {
    const shown = this.visible;
    // The first arrow goes to where one was last.
    if (!this.hasFocus() && shown.includes(this.focused)) return void this.focus(this.focused);
    const place = shown.indexOf(this.focused);
    const columns = this.columns();
    const wanted = {
      left: place - 1, right: place + 1, up: place - columns, down: place + columns, first: 0, last: shown.length - 1,
    }[step];
    const image = shown[Math.min(shown.length - 1, Math.max(0, wanted))];
    if (image !== undefined) void this.focus(image);
  }

  private columns(): number {
    return this.measured()?.columns ?? 1;
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
}
