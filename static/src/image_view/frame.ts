/** The frame of the image view: bar, picture on its mat, filmstrip. It knows nothing of labels. */

import { element } from "../edits/elements.ts";
import type { GalleryItem, GalleryPage, PageTag } from "../gallery/types.ts";
import { Pictures } from "./pictures.ts";
import { around } from "./steps.ts";
import { filterWords, nameOf, place } from "./words.ts";

const FILM_BEFORE = 4;
const FILM_AFTER = 16;
const PRELOADED = 3;
const SWIPE_PX = 60;
const LOADING_AFTER_MS = 300;

/** The element below `root` that the selector names. Throws where the template has none. */
export function find<Kind extends Element = HTMLElement>(root: ParentNode, selector: string): Kind {
  const found = root.querySelector<Kind>(selector);
  if (found === null) throw new Error(`no ${selector} in this page`);
  return found;
}

export class Frame {
  readonly root: HTMLElement;
  private readonly page: GalleryPage;
  private readonly pictures = new Pictures();
  private readonly picture: HTMLElement;
  private readonly film: HTMLElement;
  private readonly onStep: (step: 1 | -1) => void;
  private readonly onChoose: (image: string) => void;
  private shown = "";

  constructor(
    root: HTMLElement,
    page: GalleryPage,
    acts: { onStep: (step: 1 | -1) => void; onChoose: (image: string) => void },
  ) {
    this.root = root;
    this.page = page;
    this.onStep = acts.onStep;
    this.onChoose = acts.onChoose;
    this.picture = find(root, ".view-picture");
    this.film = find(root, '[data-part="film"]');
  }

  /** Take clicks, and swipes unless the finger draws; gives what ends that. */
  listen(isSwiped: boolean): () => void {
    const ending = new AbortController();
    const { signal } = ending;
    const figure = find(this.root, '[data-part="figure"]');
    let startX = 0;
    let startY = 0;
    if (isSwiped) figure.addEventListener("touchstart", (event) => {
      const touch = event.touches[0];
      startX = event.touches.length === 1 && touch !== undefined ? touch.clientX : Number.NaN;
      startY = touch?.clientY ?? 0;
    }, { passive: true, signal });
    if (isSwiped) figure.addEventListener("touchend", (event) => {
      const touch = event.changedTouches[0];
      const acrossPx = (touch?.clientX ?? Number.NaN) - startX;
      const downPx = Math.abs((touch?.clientY ?? 0) - startY);
      if (Math.abs(acrossPx) > SWIPE_PX && Math.abs(acrossPx) > 2 * downPx) this.onStep(acrossPx < 0 ? 1 : -1);
    }, { signal });
    // The wheel would scroll the gallery behind.
    figure.addEventListener("wheel", (event) => event.preventDefault(), { passive: false, signal });
    this.film.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLElement>("[data-image]");
      if (link?.dataset.image === undefined || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.onChoose(link.dataset.image);
    }, { signal });
    return () => {
      ending.abort();
      this.pictures.clear();
      this.picture.replaceChildren();
      this.film.replaceChildren();
      this.shown = "";
    };
  }

  /** Show the picture, or its small copy until it is there; fetch those that come next. */
  async show(item: GalleryItem, gone: ReadonlySet<string>): Promise<void> {
    const isOther = this.shown !== item.image;
    this.shown = item.image;
    this.title(item);
    this.drawFilm(item.image, gone);
    if (!isOther) return;
    const large = this.pictures.load(item);
    if (!large.isReady) {
      const small = new Image();
      Object.assign(small, { src: item.thumbnail, alt: "", draggable: false });
      const isCached = small.complete && small.naturalWidth > 0;
      // The old picture must not stand under the new name; the small copy is most often in the browser's cache.
      this.picture.replaceChildren(...(isCached ? [small] : []));
      if (!isCached) setTimeout(() => {
        if (this.shown === item.image && !large.isReady) this.picture.replaceChildren(small);
      }, LOADING_AFTER_MS / 2);
      const isLoaded = await large.ready;
      if (this.shown !== item.image) return;
      if (!isLoaded) return this.tellTrouble(item, gone);
    }
    this.picture.replaceChildren(large.element);
    this.picture.dataset.image = item.image;
    this.preload(item.image, gone);
  }

  /** The position, which is known only once the filter's order is. */
  title(item: GalleryItem): void {
    const filter = this.page.filter();
    const names = this.page.tags().filter(({ id }) => filter.tags.includes(id)).map(({ name }) => name);
    const where = place(this.page.indexOf(item.image), this.page.count());
    const size = `${item.width} x ${item.height}`;
    const words = this.page.factsOf === undefined ? `${size}, ${filterWords(filter, names)}` : size;
    find(this.root, "#image-view-name").textContent = nameOf(item.name, item.image);
    const about = find(this.root, '[data-part="about"]');
    about.replaceChildren(element("span", "only-small", where), element("span", "hide-small", words));
    find(this.root, '[data-part="place"]').textContent = where;
  }

  drawFilm(image: string, gone: ReadonlySet<string>): void {
    const tags = this.page.tags();
    const wanted = around(this.page, image, FILM_BEFORE, FILM_AFTER, gone);
    const missing = wanted.filter((one) => this.page.item(one) === null);
    if (missing.length > 0) {
      void this.page.load(missing).then(() => {
        if (this.shown === image) this.drawFilm(image, gone);
      });
    }
    const base = this.root.dataset.images ?? "";
    this.film.replaceChildren(
      ...wanted.flatMap((one) => {
        const item = this.page.item(one);
        return item === null ? [] : [this.filmTile(item, tags, base, one === image)];
      }),
    );
  }

  private filmTile(item: GalleryItem, tags: readonly PageTag[], base: string, isHere: boolean): HTMLElement {
    const own = tags.filter(({ id }) => item.tags.includes(id));
    const keys = own.slice(0, 3).map((tag) => {
      const key = element("span", tag.type === "Negative" ? "key none" : "key", tag.key);
      if (tag.type !== "Negative") key.dataset.tag = String(tag.color);
      return key;
    });
    const names = own.length === 0 ? "untagged" : own.map(({ name }) => name).join(", ");
    const small = new Image(84, 63);
    Object.assign(small, { src: item.thumbnail, alt: `${nameOf(item.name, item.image)}, ${names}`, draggable: false });
    const keysOn = element("span", "keys-on", ...keys);
    keysOn.setAttribute("aria-hidden", "true");
    const link = element("a", "tile", element("span", "pic", small), keysOn);
    link.href = `${base}?image=${item.image}`;
    link.dataset.image = item.image;
    if (isHere) link.setAttribute("aria-current", "true");
    return link;
  }

  private preload(image: string, gone: ReadonlySet<string>): void {
    const next = around(this.page, image, 0, PRELOADED, gone).filter((one) => one !== image);
    const known = next.flatMap((one) => this.page.item(one) ?? []);
    for (const item of known) this.pictures.load(item);
    if (known.length < next.length) {
      void this.page.load(next).then((items) => {
        if (this.shown === image) for (const item of items) this.pictures.load(item);
      });
    }
  }

  private tellTrouble(item: GalleryItem, gone: ReadonlySet<string>): void {
    const again = element("button", "btn", "Try again");
    again.type = "button";
    again.addEventListener("click", () => {
      this.shown = "";
      void this.show(item, gone);
    });
    this.picture.replaceChildren(element("div", "trouble", element("p", "", "The picture did not come."), again));
  }
}
