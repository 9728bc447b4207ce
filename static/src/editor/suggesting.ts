/** Suggested boxes on the image: asked for, looked at, accepted or dismissed. */

import { newId } from "../edits/ids.ts";
import type { Box } from "../edits/types.ts";
import type { GalleryPage, PageTag } from "../gallery/types.ts";
import { find } from "../image_view/frame.ts";
import { Offer, type Suggestion } from "./suggestions.ts";
import { boxCount } from "./words.ts";

const ALWAYS_STORED_UNDER = "sightline-suggest-always";
/** While images fly by, the server is not asked about each. */
const ASKED_AFTER_MS = 250;

/** What suggestions need of the editor around them. */
export interface SuggestingPorts {
  /** The image shown, or "". */
  image(): string;
  boxes(): readonly Box[];
  /** The tag for a box whose suggestion knows none; null where the person gives none. */
  nextTag(): Promise<PageTag | null>;
  nameOf(tag: string): string;
  add(boxes: Box[], words: string): void;
  draw(): void;
  say(words: string): void;
}

export class Suggesting {
  readonly offer = new Offer();
  private readonly page: GalleryPage;
  private readonly ports: SuggestingPorts;
  private timer = 0;

  constructor(page: GalleryPage, ports: SuggestingPorts) {
    this.page = page;
    this.ports = ports;
  }

  listen(root: HTMLElement, signal: AbortSignal): void {
    const always = find<HTMLInputElement>(root, '[data-part="suggest-always"]');
    always.checked = localStorage.getItem(ALWAYS_STORED_UNDER) === "on";
    always.addEventListener("change", () => {
      localStorage.setItem(ALWAYS_STORED_UNDER, always.checked ? "on" : "off");
      if (always.checked) void this.ask();
    }, { signal });
    signal.addEventListener("abort", () => this.clear());
  }

  /** Another image is shown. */
  begin(image: string): void {
    this.clear();
    if (this.page.suggestionsOf !== undefined) {
      const given = this.page.suggestionsOf(image);
      if (given !== null) this.offer.take(given);
      return;
    }
    if (localStorage.getItem(ALWAYS_STORED_UNDER) === "on") this.timer = window.setTimeout(() => void this.ask(), ASKED_AFTER_MS);
  }

  private clear(): void {
    clearTimeout(this.timer);
    this.offer.clear();
  }

  open(): Suggestion[] {
    return this.offer.open(this.ports.boxes());
  }

  has(id: string): boolean {
    return this.open().some((one) => one.id === id);
  }

  async ask(): Promise<void> {
    const image = this.ports.image();
    if (image === "" || !this.page.canEdit()) return;
    const given = this.page.suggestionsOf?.(image) ?? null;
    const asking = given === null ? this.offer.ask(this.page.project, image) : this.offer.take(given);
    this.ports.draw();
    await asking;
    if (this.ports.image() !== image) return;
    this.ports.draw();
    const count = this.open().length;
    this.ports.say(count > 0 ? `${count} suggested, A accepts one` : this.offer.words(0));
  }

  /** The one that is selected or looked at, or else the first. */
  async acceptOne(...preferred: string[]): Promise<void> {
    const all = this.open();
    const one = preferred.flatMap((id) => all.find((each) => each.id === id) ?? [])[0] ?? all[0];
    if (one === undefined) return this.ports.say("There is no suggestion. S asks for some.");
    await this.accept([one.id]);
  }

  async acceptAll(): Promise<void> {
    const known = this.open().filter(({ tag }) => tag !== null);
    if (known.length === 0) return this.ports.say("Suggestions without a tag are accepted one by one.");
    await this.accept(known.map(({ id }) => id));
  }

  async accept(ids: string[]): Promise<void> {
    const image = this.ports.image();
    const wanted = this.open().filter(({ id }) => ids.includes(id));
    if (image === "" || wanted.length === 0 || !this.page.canEdit()) return;
    const isTagless = wanted.some(({ tag }) => tag === null);
    const next = isTagless ? await this.ports.nextTag() : null;
    if (this.ports.image() !== image || (isTagless && next === null)) return;
    const boxes = wanted.map(({ id, tag, left, top, width, height }): Box => {
      this.offer.dismiss(id);
      return { id: newId(), tag: tag ?? next?.id ?? "", left, top, width, height, isSuggested: true };
    });
    const only = boxes.length === 1 ? boxes[0] : undefined;
    this.ports.add(boxes, only === undefined ? `Accepted ${boxCount(boxes.length)}` : `Accepted ${this.ports.nameOf(only.tag)}`);
  }

  dismiss(id: string): void {
    this.offer.dismiss(id);
    this.ports.draw();
    const left = this.open().length;
    this.ports.say(left === 1 ? "1 suggestion left" : `${left} suggestions left`);
  }
}
