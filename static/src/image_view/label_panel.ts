/** The side of the image view for classification: tags as large keycaps, an iteration's scores. */

import { callJson } from "../call.ts";
import { element, icon } from "../edits/elements.ts";
import type { GalleryItem, GalleryPage, PageTag } from "../gallery/types.ts";
import { ASKED_AFTER_MS } from "./facts.ts";
import { find } from "./frame.ts";
import type { ImageScores } from "./types.ts";

const CHECK = "M4 10.5l4 4 8-9";
export class LabelPanel {
  private readonly root: HTMLElement;
  private readonly page: GalleryPage;
  private readonly onToggle: (tag: PageTag) => void;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private image = "";
  private timer = 0;

  constructor(root: HTMLElement, page: GalleryPage, onToggle: (tag: PageTag) => void) {
    this.root = root;
    this.page = page;
    this.onToggle = onToggle;
  }

  /** The tags' buttons anew: there are others, or they are called otherwise. */
  drawTags(): void {
    const place = find(this.root, '[data-part="tags"]');
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.tagId : undefined;
    this.buttons.clear();
    for (const tag of this.page.tags()) this.buttons.set(tag.id, this.tagButton(tag));
    place.replaceChildren(...this.buttons.values());
    if (this.buttons.size === 0) place.append(element("p", "small muted", "No tags yet. Type the first one."));
    if (focused !== undefined) this.buttons.get(focused)?.focus();
    const numbered = this.page.tags().filter(({ key }) => /^[1-9]$/.test(key)).length;
    find(this.root, '[data-part="keys-hint"]').textContent = numbered > 1 ? `keys 1 to ${numbered}` : "";
    const item = this.page.item(this.image);
    if (item !== null) this.press(item);
  }

  show(item: GalleryItem): void {
    const isOther = this.image !== item.image;
    this.image = item.image;
    this.press(item);
    if (!isOther) return;
    const { iteration } = this.page.filter();
    find(this.root, '[data-part="scores"]').hidden = iteration === "";
    find(this.root, '[data-part="score-list"]').replaceChildren();
    clearTimeout(this.timer);
    if (iteration !== "") this.timer = window.setTimeout(() => void this.ask(item.image, iteration), ASKED_AFTER_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.image = "";
  }

  private tagButton(tag: PageTag): HTMLButtonElement {
    const key = element("span", tag.type === "Negative" ? "key none" : "key", tag.key);
    key.setAttribute("aria-hidden", "true");
    if (tag.type !== "Negative") key.dataset.tag = String(tag.color);
    const made = element("button", "tag-button", key, element("span", "name", tag.name), icon(CHECK));
    made.type = "button";
    made.dataset.tagId = tag.id;
    if (tag.description !== "") made.title = tag.description;
    if (/^[1-9]$/.test(tag.key)) made.setAttribute("aria-keyshortcuts", tag.key);
    made.addEventListener("click", () => this.onToggle(tag));
    return made;
  }

  private press(item: GalleryItem): void {
    const isEditable = this.page.canEdit();
    for (const [id, one] of this.buttons) {
      one.setAttribute("aria-pressed", String(item.tags.includes(id)));
      one.setAttribute("aria-disabled", String(!isEditable));
    }
    const locked = find(this.root, '[data-part="locked"]');
    locked.hidden = isEditable;
    locked.textContent = this.lockedWords();
    for (const name of ["delete", "type-tag"]) {
      find(this.root, `[data-act="${name}"]`).hidden = name === "delete" ? !this.page.canEdit() : !isEditable;
    }
    find(this.root, ".switch-line").hidden = !isEditable;
  }

  lockedWords(): string {
    if (this.page.filter().iteration !== "") return "Frozen with the iteration. Choose Workspace to change tags.";
    return "Your role may look at tags, not change them.";
  }

  private async ask(image: string, iteration: string): Promise<void> {
    const address = `/projects/${this.page.project}/images/${image}/scores/${iteration}`;
    // What cannot be had is left out: the picture and its tags are there without it.
    const scores = await callJson<ImageScores>("GET", address).catch(() => null);
    if (scores !== null && this.image === image) this.showScores(scores);
  }

  private showScores({ iteration, scores }: ImageScores): void {
    find(this.root, "#image-view-scores").textContent = `${iteration} says`;
    const tags = new Map(this.page.tags().map((tag) => [tag.id, tag]));
    const rows = scores.map(({ tag, name, probability }) => {
      const face = tags.get(tag);
      const key = element("span", face === undefined || face.type === "Negative" ? "key none" : "key", face?.key ?? "");
      key.setAttribute("aria-hidden", "true");
      if (face !== undefined && face.type !== "Negative") key.dataset.tag = String(face.color);
      const bar = element("progress", "");
      Object.assign(bar, { max: 1, value: probability });
      bar.setAttribute("aria-label", `${name}, probability`);
      return element("li", "", element("span", "row", key, name), element("span", "muted", `${(probability * 100).toFixed(1)}%`), bar);
    });
    const none = element("li", "muted", "It did not judge this image.");
    find(this.root, '[data-part="score-list"]').replaceChildren(...(rows.length > 0 ? rows : [none]));
  }
}
