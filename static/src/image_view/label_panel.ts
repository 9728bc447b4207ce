/** The side of the image view for classification: tags as large keycaps, an iteration's scores, facts. */

import { callJson } from "../call.ts";
import { element, icon } from "../edits/elements.ts";
import type { GalleryItem, GalleryPage, PageTag } from "../gallery/types.ts";
import { find } from "./frame.ts";
import type { ImageDetails, ImageScores } from "./types.ts";
import { fileSize, moment, nameOf } from "./words.ts";

const CHECK = "M4 10.5l4 4 8-9";
/** While images fly by, the server is not asked about each. */
const ASKED_AFTER_MS = 250;

export interface PanelActs {
  onToggle(tag: PageTag): void;
  onDetails(details: ImageDetails): void;
}

export class LabelPanel {
  private readonly root: HTMLElement;
  private readonly page: GalleryPage;
  private readonly acts: PanelActs;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private image = "";
  private isDetection = false;
  private timer = 0;

  constructor(root: HTMLElement, page: GalleryPage, acts: PanelActs) {
    this.root = root;
    this.page = page;
    this.acts = acts;
  }

  /** Whether tags can be put on and off here. */
  get isEditable(): boolean {
    return this.page.canEdit() && !this.isDetection;
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
    this.clearFacts(item);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(item.image), ASKED_AFTER_MS);
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
    made.addEventListener("click", () => this.acts.onToggle(tag));
    return made;
  }

  private press(item: GalleryItem): void {
    const { isEditable } = this;
    for (const [id, one] of this.buttons) {
      one.setAttribute("aria-pressed", String(item.tags.includes(id)));
      one.setAttribute("aria-disabled", String(!isEditable));
    }
    const locked = find(this.root, '[data-part="locked"]');
    locked.hidden = isEditable;
    locked.textContent = this.reasonLocked();
    for (const name of ["delete", "type-tag"]) {
      find(this.root, `[data-act="${name}"]`).hidden = name === "delete" ? !this.page.canEdit() : !isEditable;
    }
    find(this.root, ".switch-line").hidden = !isEditable;
  }

  private reasonLocked(): string {
    if (this.isDetection) return "Tags of this project come from its boxes.";
    if (this.page.filter().iteration !== "") return "Frozen with the iteration. Choose Workspace to change tags.";
    return "Your role may look at tags, not change them.";
  }

  private clearFacts(item: GalleryItem): void {
    find(this.root, '[data-part="scores"]').hidden = this.page.filter().iteration === "";
    find(this.root, '[data-part="score-list"]').replaceChildren();
    this.facts([
      ["File", nameOf(item.name, item.image)],
      ["Size", `${item.width} x ${item.height}`],
    ]);
  }

  private async ask(image: string): Promise<void> {
    const { iteration } = this.page.filter();
    const base = `/projects/${this.page.project}/images/${image}`;
    const query = iteration === "" ? "" : `?iteration=${iteration}`;
    const asking: Promise<unknown>[] = [
      callJson<ImageDetails>("GET", `${base}/state${query}`).then((details) => {
        if (this.image === image) this.showDetails(details);
      }),
    ];
    if (iteration !== "") {
      asking.push(
        callJson<ImageScores>("GET", `${base}/scores/${iteration}`).then((scores) => {
          if (this.image === image) this.showScores(scores);
        }),
      );
    }
    // What cannot be had is left out: the picture and its tags are there without it.
    await Promise.allSettled(asking);
  }

  private showDetails(details: ImageDetails): void {
    if (this.isDetection !== details.isDetection) {
      this.isDetection = details.isDetection;
      const item = this.page.item(details.image);
      if (item !== null) this.press(item);
    }
    this.facts([
      ["File", nameOf(details.name, details.image)],
      ["Size", `${details.width} x ${details.height}, ${fileSize(details.sizeBytes)}`],
      ["Added", `${moment(details.added)}${details.addedBy === "" ? "" : ` by ${details.addedBy}`}`],
      ...details.tags
        .filter(({ by }) => by !== "")
        .map(({ name, by, since }): [string, string] => ["Tagged", `${name} by ${by}, ${moment(since)}`]),
    ]);
    this.acts.onDetails(details);
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

  private facts(rows: [string, string][]): void {
    const parts = rows.flatMap(([name, words]) => [element("dt", "", name), element("dd", "", words)]);
    find(this.root, '[data-part="facts"]').replaceChildren(...parts);
  }
}
