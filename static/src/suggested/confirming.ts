/** Suggested tags confirmed a page at a time: all ticked, the wrong ones unticked, the rest put on in one edit. */

import { Gallery } from "../gallery/page.ts";
import type { GalleryItem, PageTag } from "../gallery/types.ts";
import { find } from "../image_view/frame.ts";
import { toast } from "../toast.ts";
import { Aside } from "./aside.ts";
import { Batches } from "./batches.ts";
import { Choices, draftConfirm, isTickedAtFirst } from "./choices.ts";
import { confirmFace } from "./face.ts";
import { leftWords, type TagPercent } from "./words.ts";

/** A page that was confirmed: undo shows it again as it was. */
interface Confirmed {
  wanted: string;
  shown: string[];
  ticked: string[];
  unticked: string[];
}

export class Confirming {
  readonly gallery: Gallery;
  private readonly bar: HTMLElement;
  private readonly batches: Batches;
  private readonly aside: Aside;
  private readonly choices = new Choices();
  private readonly isViewOpen: () => boolean;
  private readonly confirmed: Confirmed[] = [];
  /** Labels changed since the server was asked what there is. */
  private isOld = false;

  constructor(root: HTMLElement, isViewOpen: () => boolean) {
    this.bar = find(root, "#confirm-bar");
    this.isViewOpen = isViewOpen;
    this.aside = new Aside(root.dataset.project ?? "");
    let batches: Batches | null = null;
    this.gallery = new Gallery(root, (image) => this.toggle(image), {
      collection: (base, queue) => {
        batches = new Batches(base, queue);
        batches.aside = () => this.aside.of(this.wanted);
        return batches;
      },
      face: confirmFace((item) => this.chosen(item), (item) => item.tags.length > 0),
      onShown: () => this.tick(),
      onSelection: () => this.drawBar(),
    });
    if (batches === null) throw new Error("the gallery made no collection");
    this.batches = batches;
    this.gallery.onItemsChanged((images) => this.follow(images));
    this.gallery.queue.onState(({ kind }) => {
      if (kind === "saved") this.askForMore();
    });
  }

  /** The tag that is looked at; "" for any. */
  get wanted(): string {
    return document.getElementById("gallery-data")?.dataset.tag ?? "";
  }

  toggle(image: string): void {
    if (this.batches.isOpen(image)) this.gallery.pick(image, false);
  }

  /** All that are open, or none. */
  tickAll(): void {
    const open = this.open();
    this.gallery.selection.set(this.gallery.selection.size < open.length ? open : []);
  }

  /** Another tag for the image, instead of the suggested one or beside it. */
  choose(image: string, tag: PageTag): void {
    const item = this.gallery.item(image);
    if (item === null || !this.batches.isOpen(image)) return;
    this.choices.toggle(item, tag.id, this.wanted, this.gallery.rules());
    const isSome = this.choices.tagsOf(item, this.wanted, this.gallery.rules()).length > 0;
    if (isSome !== this.gallery.selection.has(image)) this.gallery.pick(image, false);
    this.gallery.tiles.redraw([image]);
  }

  /** Put the tags on those that are ticked, and show the next. */
  async confirm(): Promise<void> {
    if (this.open().length === 0) return;
    const rules = this.gallery.rules();
    const items = this.ticked().flatMap((image) => this.gallery.item(image) ?? []);
    const draft = draftConfirm(items, (item) => this.choices.tagsOf(item, this.wanted, rules), rules);
    // What follows the edit is done when it is known to be kept: see `follow`.
    if (draft !== null) return this.gallery.change(draft);
    this.aside.add(this.wanted, this.unticked());
    this.show(() => this.batches.advance());
  }

  /** More images were looked at: they come behind those that are shown. */
  async orderAgain(): Promise<void> {
    if (this.batches.count() === 0) return this.gallery.refresh();
    const before = new Set(this.batches.together());
    const unticked = new Set(this.unticked());
    this.batches.orderAgain();
    await this.batches.ready();
    if (this.batches.together().every((image) => before.has(image))) return this.drawBar();
    await this.gallery.tiles.restart();
    this.tick();
    this.gallery.selection.drop([...unticked]);
  }

  private open(): string[] {
    return this.batches.together().filter((image) => this.batches.isOpen(image));
  }

  private ticked(): string[] {
    return this.open().filter((image) => this.gallery.selection.has(image));
  }

  private unticked(): string[] {
    return this.open().filter((image) => !this.gallery.selection.has(image));
  }

  private chosen(item: GalleryItem): TagPercent[] {
    const rules = this.gallery.rules();
    return this.choices.tagsOf(item, this.wanted, rules).flatMap((id) => {
      const tag = rules.tags.get(id);
      const probability = item.suggested?.find((each) => each.tag === id)?.probability ?? null;
      return tag === undefined ? [] : [{ tag, probability }];
    });
  }

  /** All are ticked, but those that were unticked before and those of which another tag is more probable. */
  private tick(): void {
    const rules = this.gallery.rules();
    const aside = this.aside.of(this.wanted);
    const isTicked = (image: string): boolean =>
      !aside.has(image) && isTickedAtFirst(this.gallery.item(image)?.suggested ?? [], this.wanted, rules);
    this.gallery.selection.set(this.open().filter(isTicked));
    this.drawBar();
    void this.fetchUpcoming();
  }

  /** Labels changed, by this page or another: go on when all that was ticked is tagged, go back when that was undone. */
  private follow(images: string[]): void {
    this.isOld = true;
    const changed = new Set(images);
    const last = this.confirmed.at(-1);
    if (last !== undefined && this.isUndone(last, changed)) {
      this.confirmed.pop();
      this.aside.drop(last.wanted, last.unticked);
      this.show(() => this.batches.goBack(last.shown), last.ticked.filter((image) => this.batches.isOpen(image)));
      return;
    }
    const ticked = this.batches.together().filter((image) => this.gallery.selection.has(image));
    const areDone = ticked.length > 0 && ticked.every((image) => changed.has(image) && !this.batches.isOpen(image));
    if (areDone && !this.isViewOpen()) {
      const unticked = this.unticked();
      this.confirmed.push({ wanted: this.wanted, shown: this.batches.together(), ticked, unticked });
      this.aside.add(this.wanted, unticked);
      this.show(() => this.batches.advance());
    } else {
      this.gallery.selection.drop(ticked.filter((image) => !this.batches.isOpen(image)));
    }
  }

  /** Images that somebody else tagged in between stay as they are. */
  private isUndone({ wanted, ticked }: Confirmed, changed: ReadonlySet<string>): boolean {
    const isOpen = (image: string): boolean => this.batches.isOpen(image);
    return wanted === this.wanted && ticked.some(isOpen) && ticked.every((image) => isOpen(image) || changed.has(image));
  }

  private show(change: () => void, ticked: string[] | null = null): void {
    const hadFocus = this.gallery.tiles.hasFocus();
    change();
    void this.gallery.tiles.restart().then(() => {
      this.tick();
      if (ticked !== null) this.gallery.selection.set(ticked);
      scrollTo({ top: 0, behavior: "instant" });
      const first = this.batches.together()[0];
      if (hadFocus && first !== undefined) this.gallery.focusTile(first);
      this.askForMore();
    });
  }

  /** Nothing is left of what the page knows: ask the server, once it knows what was confirmed. */
  private askForMore(): void {
    if (!this.isOld || this.batches.count() > 0 || this.gallery.queue.state().kind !== "saved") return;
    this.isOld = false;
    void this.gallery.refresh();
  }

  /** The next page is there when this one is confirmed. */
  private async fetchUpcoming(): Promise<void> {
    const items = await this.gallery.load(this.batches.upcoming()).catch(() => []);
    for (const item of items) new Image().src = item.thumbnail;
  }

  private drawBar(): void {
    const open = this.open().length;
    const count = this.ticked().length;
    this.bar.hidden = open === 0;
    find(this.bar, '[data-part="confirm-words"]').textContent = count === 0 ? "Leave all" : `Confirm ${count}`;
    find(this.bar, '[data-part="left"]').textContent = leftWords(open - count, this.batches.waitingCount());
    find(this.bar, '[data-act="all"]').textContent = count < open ? "Tick all" : "Untick all";
  }

  told(work: Promise<void>): void {
    work.catch((error: unknown) => toast(error instanceof Error ? error.message : "That was not done."));
  }
}
