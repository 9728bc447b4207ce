/** Tags on the image in the frame, and on to the next. */

import type { GalleryItem, GalleryPage, PageTag } from "../gallery/types.ts";
import { toast } from "../toast.ts";
import { find } from "./frame.ts";
import { LabelPanel } from "./label_panel.ts";
import { isFollowed } from "./steps.ts";
import { nameOf } from "./words.ts";
import type { ViewActs, Work, WorkKey } from "./work.ts";

const FOLLOW_STORED_UNDER = "sightline-next-follows";

export class Tagging implements Work {
  private readonly page: GalleryPage;
  private readonly view: ViewActs;
  private readonly panel: LabelPanel;
  private readonly follow: HTMLInputElement;
  private image = "";

  constructor(root: HTMLElement, page: GalleryPage, view: ViewActs) {
    this.page = page;
    this.view = view;
    this.follow = find<HTMLInputElement>(root, '[data-part="follow"]');
    this.panel = new LabelPanel(root, page, (tag) => void this.toggle(tag));
  }

  listen(signal: AbortSignal): void {
    this.follow.checked = localStorage.getItem(FOLLOW_STORED_UNDER) === "on";
    this.follow.addEventListener("change", () => {
      localStorage.setItem(FOLLOW_STORED_UNDER, this.follow.checked ? "on" : "off");
    }, { signal });
    this.drawTags();
  }

  show(item: GalleryItem): void {
    this.image = item.image;
    this.panel.show(item);
  }

  drawTags(): void {
    this.panel.drawTags();
  }

  finish(): void {
    // A tag is put on at once.
  }

  end(): void {
    this.panel.end();
    this.image = "";
  }

  acts(): Record<string, () => void> {
    return { "type-tag": () => void this.typeTag() };
  }

  keys(): WorkKey[] {
    const toggleKey = (event: KeyboardEvent) => {
      const tag = this.page.tags().find(({ key }) => key === event.key);
      if (tag !== undefined) void this.toggle(tag);
    };
    const toggleNegative = () => {
      const tag = this.page.tags().find(({ type }) => type === "Negative");
      if (tag !== undefined) void this.toggle(tag);
    };
    return [
      { keys: ["ArrowRight"], words: "Next image", run: () => void this.view.step(1) },
      { keys: ["ArrowLeft"], words: "Previous image", run: () => void this.view.step(-1) },
      { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Tag on or off, 1 to 9", run: toggleKey },
      { keys: ["-", "0"], words: "Negative tag on or off", run: toggleNegative },
      { keys: ["t"], words: "Type a tag", run: () => void this.typeTag() },
    ];
  }

  private async toggle(tag: PageTag): Promise<void> {
    const item = this.page.item(this.image);
    if (item === null || !this.page.canEdit()) return this.view.say(this.panel.lockedWords());
    const isNextDue = isFollowed(this.follow.checked, item.tags, tag.id, this.page.isMulticlass);
    const isOn = !item.tags.includes(tag.id);
    const kept = this.page.setTag([item.image], tag.id, isOn);
    // The next picture need not wait for the disk; an edit that is not kept is told.
    if (!isNextDue || !this.view.step(1)) this.view.say(`${tag.name} ${isOn ? "on" : "off"}`);
    await kept.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : "This browser did not keep it.";
      toast(`${nameOf(item.name, item.image)} was not tagged ${tag.name}: ${reason}`, {
        label: "Show it",
        run: () => this.view.choose(item.image),
      });
    });
  }

  private async typeTag(): Promise<void> {
    const item = this.page.item(this.image);
    if (item === null || !this.page.canEdit()) return;
    const tag = await this.page.pickTag({ title: "Tag this image", chosen: item.tags, canCreate: true });
    if (tag !== null && this.image === item.image) await this.toggle(tag);
  }
}
