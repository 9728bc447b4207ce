/** What is done with the prediction in the frame: labels as on any image, then it becomes a training image or is deleted. */

import { element } from "../edits/elements.ts";
import { Boxing } from "../editor/boxing.ts";
import { keycap } from "../gallery/tile_face.ts";
import type { GalleryItem } from "../gallery/types.ts";
import { find } from "../image_view/frame.ts";
import { Tagging } from "../image_view/tagging.ts";
import type { ViewActs, Work, WorkKey } from "../image_view/work.ts";
import type { Predictions } from "./page.ts";
import type { PredictionRecord } from "./types.ts";

const ASKED_AFTER_MS = 250;
const AHEAD = 20;

export class PredictionWork implements Work {
  private readonly root: HTMLElement;
  private readonly page: Predictions;
  private readonly view: ViewActs;
  private readonly labeling: Work;
  private image = "";
  private timer = 0;
  private isBusy = false;

  constructor(root: HTMLElement, page: Predictions, view: ViewActs) {
    this.root = root;
    this.page = page;
    this.view = view;
    this.labeling = page.isDetection ? new Boxing(root, page, view) : new Tagging(root, page, view);
  }

  show(item: GalleryItem): void {
    const isOther = this.image !== item.image;
    this.image = item.image;
    this.labeling.show(item);
    find(this.root, '[data-act="delete"]').hidden = !this.page.canEdit();
    if (!isOther) return;
    this.page.ahead(item.image, AHEAD);
    this.draw();
    clearTimeout(this.timer);
    // Tiles know a classifier's first few tags alone.
    if (!this.page.isDetection) this.timer = window.setTimeout(() => void this.askAll(item.image), ASKED_AFTER_MS);
  }

  drawTags(): void {
    this.labeling.drawTags();
    this.draw();
  }

  finish(): void {
    this.labeling.finish();
  }

  listen(signal: AbortSignal): void {
    this.labeling.listen(signal);
  }

  end(): void {
    clearTimeout(this.timer);
    this.labeling.end();
    this.image = "";
  }

  acts(): Record<string, () => void> {
    return {
      ...this.labeling.acts(),
      "save-close": () => void this.save(() => this.view.close()),
      "save-next": () => void this.save(() => this.on()),
      accept: () => void this.accept(),
      delete: () => void this.delete(),
    };
  }

  keys(): WorkKey[] {
    const accepting: WorkKey[] = [{ keys: ["a"], words: "Take what the model says", run: () => void this.accept(), when: () => this.page.canEdit() }];
    return [
      ...this.labeling.keys(),
      ...(this.page.isDetection ? [] : accepting),
      { keys: ["Control+Enter"], words: "Save, and on to the next", run: () => void this.save(() => this.on()), when: () => this.page.canEdit() },
      { keys: ["Shift+Enter"], words: "Save and close", run: () => void this.save(() => this.view.close()), when: () => this.page.canEdit() },
      { keys: this.page.isDetection ? ["Shift+Delete"] : ["Delete", "Backspace"], words: "Delete the prediction", run: () => void this.delete() },
    ];
  }

  /** The next that is still there, the one before at the end. */
  private on(): void {
    if (!this.view.step(1) && !this.view.step(-1)) this.view.close();
  }

  private async save(then: () => void): Promise<void> {
    if (this.isBusy || !this.page.canEdit()) return;
    this.labeling.finish();
    this.busy(true);
    const { image } = this;
    const isMoved = await this.page.save([image]).finally(() => this.busy(false));
    if (isMoved && this.image === image) then();
  }

  private busy(isBusy: boolean): void {
    this.isBusy = isBusy;
    for (const button of this.root.querySelectorAll('[data-act^="save-"]')) button.setAttribute("aria-busy", String(isBusy));
  }

  private async accept(): Promise<void> {
    const isChanged = await this.page.labeling.accept([this.image]);
    this.view.say(isChanged ? "Accepted" : "There is nothing to accept that is not on it.");
  }

  private async delete(): Promise<void> {
    if (!this.page.canEdit()) return this.view.say("Your role may look at predictions, not delete them.");
    const { image } = this;
    if ((await this.page.deleteAsked([image])) && this.image === image) this.on();
  }

  private async askAll(image: string): Promise<void> {
    // What cannot be had is left out: the first few are there.
    await this.page.fetchWhole(image).catch(() => undefined);
    if (this.image === image) this.draw();
  }

  /** What the classifier says, tag by tag. */
  private draw(): void {
    const record = this.page.record(this.image);
    if (record === null || this.page.isDetection) return;
    find(this.root, "#prediction-says").textContent = `${record.iteration.replace(/^a /, "A ")} says`;
    find(this.root, '[data-part="says"]').replaceChildren(...this.rows(record));
  }

  private rows({ says }: PredictionRecord): HTMLElement[] {
    const tags = new Map(this.page.tags().map((tag) => [tag.id, tag]));
    return says.map(({ tag, name, probability }) => {
      const face = tags.get(tag);
      const bar = element("progress", "");
      Object.assign(bar, { max: 1, value: probability });
      bar.setAttribute("aria-label", `${name}, probability`);
      const key = face === undefined ? element("span", "key none") : keycap(face);
      return element("li", "", element("span", "row", key, name), element("span", "muted", `${(probability * 100).toFixed(1)}%`), bar);
    });
  }
}
