/** The Errors view: tiles that the server drew, labels mended by key, the image view over it. */

import { callJson } from "../call.ts";
import type { TagRules } from "../edits/both_sides.ts";
import { newId } from "../edits/ids.ts";
import { createEditQueue, openConflicts, openRefused, showSaveState } from "../edits/index.ts";
import type { Edit, EditQueue } from "../edits/types.ts";
import { Collection } from "../gallery/collection.ts";
import { draftDelete, draftTag } from "../gallery/drafts.ts";
import { pickTag } from "../gallery/tag_picker.ts";
import type { Draft, GalleryFilter, GalleryItem, GalleryPage, PageTag, TagPicking } from "../gallery/types.ts";
import { acceptWords, draftAccept, draftChoose, isChanged } from "./accepting.ts";
import { drawDecided, nowWords } from "./decided.ts";
import { Grid } from "./grid.ts";
import { Kept, settled } from "./kept.ts";
import type { Mistake } from "./types.ts";

const NO_FILTER: GalleryFilter = { tagging: "all", tags: [], iteration: "", name: "", order: "newest", isOnlyWrong: false, threshold: 50 };

/** What undo takes back: the last edit, or that a label was kept. */
type Act = { kind: "edit" } | { kind: "keep"; image: string; version: number };

export class Errors implements GalleryPage {
  readonly project: string;
  readonly person: string;
  readonly queue: EditQueue;
  readonly grid: Grid;
  readonly isMulticlass: boolean;
  readonly isDetection: boolean;
  private readonly root: HTMLElement;
  private readonly collection: Collection;
  private readonly mistakes: Map<number, Mistake>;
  /** The tags of each image as the page came. */
  private readonly before: Map<string, string[]>;
  private readonly kept: Kept;
  private readonly done: Act[] = [];
  private readonly undone: Act[] = [];
  private readonly itemListeners = new Set<(images: string[]) => void>();
  private readonly tagListeners = new Set<() => void>();
  private pageTags: PageTag[];

  constructor(root: HTMLElement) {
    const holder = document.getElementById("errors-data");
    if (!holder) throw new Error("no #errors-data in this page");
    this.root = root;
    this.project = root.dataset.project ?? "";
    this.person = document.body.dataset.person ?? "";
    this.isMulticlass = "multiclass" in root.dataset;
    this.isDetection = "detection" in root.dataset;
    this.queue = createEditQueue({ person: this.person, project: this.project });
    this.pageTags = JSON.parse(holder.dataset.tags ?? "[]") as PageTag[];
    const items = JSON.parse(holder.dataset.items ?? "[]") as GalleryItem[];
    const mistakes = JSON.parse(holder.dataset.mistakes ?? "[]") as Mistake[];
    this.mistakes = new Map(mistakes.map((mistake) => [mistake.place, mistake]));
    this.before = new Map(items.map(({ image, tags }) => [image, tags]));
    this.collection = new Collection(root.dataset.address ?? "", this.queue);
    const { isMulticlass, isDetection } = this;
    this.collection.start({ filter: NO_FILTER, tags: this.pageTags, first: items, total: items.length, isReadOnly: !this.canEdit(), isMulticlass, isDetection }, "");
    this.grid = new Grid(document.getElementById("error-tiles"));
    this.kept = new Kept(root.dataset.keep ?? "", () => this.drawAll());
    this.listenToQueue();
    void this.queue.ready.then(() => {
      this.collection.note(this.queue.answered());
      this.drawAll();
    });
  }

  canEdit(): boolean {
    return !("readOnly" in this.root.dataset);
  }

  get isQueue(): boolean {
    return "labels" in this.root.dataset;
  }

  /** Take the model's word of the tile's mistake. */
  async accept(tile: HTMLElement): Promise<void> {
    await this.mend(tile, (mistake, item) => draftAccept(mistake, item, this.rules(), newId), "There is nothing to take over: press the key of a tag instead.");
  }

  /** The tag of a key. */
  async choose(tile: HTMLElement, tag: string): Promise<void> {
    await this.mend(tile, (mistake, item) => draftChoose(mistake, item, tag, this.rules(), newId), "The label is that already, or was changed since.");
  }

  /** The label is right as it is: the image leaves the queue of likely label errors. */
  async keep(tile: HTMLElement): Promise<void> {
    const image = this.mistakeOf(tile)?.image ?? "";
    await settled(this.queue, image);
    const item = this.item(image);
    if (item === null || this.kept.has(image)) return;
    this.done.push({ kind: "keep", image, version: item.version });
    this.undone.length = 0;
    this.say("Kept the label.");
    this.goOn(tile);
    await this.kept.keep(image, item.version).catch((error: unknown) => {
      this.done.pop();
      throw error;
    });
  }

  private async mend(tile: HTMLElement, draft: (mistake: Mistake, item: GalleryItem) => Draft | null, otherwise: string): Promise<void> {
    const mistake = this.mistakeOf(tile);
    const item = mistake ? this.item(mistake.image) : null;
    const made = mistake && item ? draft(mistake, item) : null;
    if (made === null) return this.say(otherwise);
    await this.change(made);
    this.say(made.edit.words);
    this.goOn(tile);
  }

  /** The next one that is still open, if the focus is here. */
  private goOn(tile: HTMLElement): void {
    if (!this.grid.hasFocus()) return;
    const tiles = this.grid.all();
    const next = tiles.slice(tiles.indexOf(tile) + 1).find((each) => !this.isDone(each));
    if (next) this.grid.focus(next);
  }

  async change(draft: Draft): Promise<void> {
    await this.queue.perform(draft.edit, draft.inverse);
    this.done.push({ kind: "edit" });
    this.undone.length = 0;
  }

  async undo(): Promise<void> {
    const act = this.done.pop();
    if (act === undefined) return this.say("There is nothing to undo.");
    this.undone.push(act);
    if (act.kind === "keep") {
      await this.kept.takeBack(act.image);
      return this.say("Took back that the label was kept.");
    }
    const undone = await this.queue.undo();
    if (undone !== null) this.say(undone.words);
  }

  async redo(): Promise<void> {
    const act = this.undone.pop();
    if (act === undefined) return this.say("There is nothing to do again.");
    this.done.push(act);
    if (act.kind === "keep") return this.kept.keep(act.image, act.version);
    const again = await this.queue.redo();
    if (again !== null) this.say(again.words);
  }

  say(words: string): void {
    const place = this.root.querySelector('[data-part="said"]');
    if (place) place.textContent = words;
  }

  mistakeOf(tile: HTMLElement): Mistake | undefined {
    return this.mistakes.get(Number(tile.dataset.place));
  }

  private isDone(tile: HTMLElement): boolean {
    const mistake = this.mistakeOf(tile);
    const item = mistake ? this.item(mistake.image) : null;
    if (!mistake || !item) return true;
    return this.kept.has(mistake.image) || isChanged(mistake, item, this.before.get(mistake.image) ?? []);
  }

  private drawAll(): void {
    for (const tile of this.grid.all()) this.draw(tile);
    drawDecided(this.root);
  }

  /** Write on the tile what became of it. */
  private draw(tile: HTMLElement): void {
    const mistake = this.mistakeOf(tile);
    const item = mistake ? this.item(mistake.image) : null;
    const line = tile.querySelector<HTMLElement>('[data-part="now"]');
    if (!mistake || !item || !line) return;
    const isGone = this.collection.isRemoved(mistake.image);
    const isKept = this.kept.has(mistake.image);
    const isMended = isChanged(mistake, item, this.before.get(mistake.image) ?? []);
    const isDone = isGone || isKept || isMended;
    tile.classList.toggle("done", isDone);
    line.replaceChildren(...(isGone ? ["deleted"] : isKept ? ["kept as it is"] : isMended ? nowWords(item, this.pageTags, this.isDetection) : []));
    for (const button of tile.querySelectorAll<HTMLElement>(".error-acts button")) button.hidden = isDone;
    const accept = tile.querySelector<HTMLElement>('[data-act="accept"]');
    if (!accept) return;
    const words = acceptWords(mistake, this.rules());
    accept.textContent = words;
    accept.hidden = isDone || words === "";
  }

  tags(): PageTag[] {
    return this.pageTags;
  }

  rules(): TagRules {
    return { tags: new Map(this.pageTags.map((tag) => [tag.id, tag])), isMulticlass: this.isMulticlass };
  }

  filter(): GalleryFilter {
    return NO_FILTER;
  }

  count(): number {
    return this.collection.count();
  }

  indexOf(image: string): number {
    return this.collection.indexOf(image);
  }

  imageAt(index: number): string | null {
    return this.collection.imageAt(index);
  }

  item(image: string): GalleryItem | null {
    return this.collection.item(image);
  }

  load(images: string[]): Promise<GalleryItem[]> {
    return this.collection.load(images);
  }

  ready(): Promise<void> {
    return this.collection.ready();
  }

  async toggleTag(images: string[], tag: string): Promise<void> {
    const states = await this.collection.states(images);
    const made = draftTag(states, tag, !states.every(({ tags }) => tags.includes(tag)), this.rules());
    if (made !== null) await this.change(made);
  }

  async setTag(images: string[], tag: string, isOn: boolean): Promise<void> {
    const made = draftTag(await this.collection.states(images), tag, isOn, this.rules());
    if (made !== null) await this.change(made);
  }

  async deleteImages(images: string[]): Promise<void> {
    await this.change(draftDelete(await this.collection.states(images)));
  }

  pickTag(options: TagPicking): Promise<PageTag | null> {
    return pickTag(this.pageTags, options, (name) => this.createTag(name));
  }

  async createTag(name: string): Promise<PageTag> {
    const tag = await callJson<PageTag>("POST", this.root.dataset.newTag ?? "", { name });
    this.pageTags = [...this.pageTags, tag];
    for (const listener of this.tagListeners) listener();
    return tag;
  }

  /** The list stays as it is until the page is loaded again: what was mended is marked, so that nothing moves. */
  refresh(): Promise<void> {
    this.drawAll();
    return Promise.resolve();
  }

  focusTile(image: string): void {
    const current = this.grid.current();
    const tile = current?.dataset.image === image ? current : this.grid.all().find((each) => each.dataset.image === image);
    if (tile) this.grid.focus(tile);
  }

  onItemsChanged(listener: (images: string[]) => void): () => void {
    this.itemListeners.add(listener);
    return () => this.itemListeners.delete(listener);
  }

  onTagsChanged(listener: () => void): () => void {
    this.tagListeners.add(listener);
    return () => this.tagListeners.delete(listener);
  }

  private listenToQueue(): void {
    const changed = (edit: Edit): void => {
      const images = edit.changes.map(({ image }) => image);
      for (const tile of this.grid.all()) if (images.includes(tile.dataset.image ?? "")) this.draw(tile);
      drawDecided(this.root);
      for (const listener of this.itemListeners) listener(images);
    };
    this.queue.onPerformed(changed);
    this.queue.onAnswer((edit, answer) => {
      this.collection.note([...answer.images, ...answer.conflicts.map(({ theirs }) => theirs)]);
      changed(edit);
    });
    this.queue.onRefused(({ edit }) => {
      const last = this.done.findLastIndex(({ kind }) => kind === "edit");
      if (last >= 0) this.done.splice(last, 1);
      changed(edit);
    });
    const place = this.root.querySelector<HTMLElement>('[data-part="save"]');
    if (!place) return;
    showSaveState(this.queue, place, {
      signIn: this.root.dataset.signIn ?? "",
      seeConflicts: () => openConflicts(this.queue, this.rules(), (image) => this.item(image)?.picture ?? null),
      seeRefused: () => openRefused(this.queue),
    });
  }
}
