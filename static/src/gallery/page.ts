/** The gallery's page: filters, tiles, selection, edits. */

import { callJson } from "../call.ts";
import type { TagRules } from "../edits/both_sides.ts";
import { createEditQueue, openConflicts, openRefused, showSaveState } from "../edits/index.ts";
import type { Edit, EditQueue } from "../edits/types.ts";
import type { Suggestions } from "../editor/suggestions.ts";
import { toast } from "../toast.ts";
import { Collection } from "./collection.ts";
import { draftDelete, draftNoObjects, draftTag, draftUntag } from "./drafts.ts";
import { Filters } from "./filters.ts";
import { Selection } from "./selection.ts";
import { type EditableState, type PageData, putIntoTestSet, readPageData } from "./server.ts";
import { pickTag } from "./tag_picker.ts";
import { Tiles } from "./tiles.ts";
import type { Draft, GalleryFilter, GalleryItem, GalleryPage, PageTag, TagPicking } from "./types.ts";
import type { GalleryVariant } from "./variant.ts";

const COUNTS_SETTLE_MS = 700;
// A browser whose database does not open must still show images.
const KEPT_EDITS_WITHIN_MS = 3_000;

export class Gallery implements GalleryPage {
  readonly project: string;
  readonly person: string;
  readonly queue: EditQueue;
  readonly tiles: Tiles;
  readonly selection: Selection;
  /** Settled when the first images are drawn, with the edits that wait laid over them. */
  readonly drawn: Promise<void>;
  readonly suggestionsOf?: (image: string) => Suggestions | null;
  private readonly root: HTMLElement;
  private readonly variant: GalleryVariant;
  private readonly collection: Collection;
  private readonly filters: Filters;
  private readonly itemListeners = new Set<(images: string[]) => void>();
  private readonly tagListeners = new Set<() => void>();
  private data: PageData;
  private countsTimer = 0;

  constructor(root: HTMLElement, onOpen: (image: string) => void, variant: GalleryVariant = {}) {
    this.root = root;
    this.variant = variant;
    if (variant.suggestionsOf) this.suggestionsOf = variant.suggestionsOf;
    this.project = root.dataset.project ?? "";
    this.person = document.body.dataset.person ?? "";
    this.queue = createEditQueue({ person: this.person, project: this.project });
    this.data = readPageData();
    const base = root.dataset.address ?? "";
    this.collection = variant.collection?.(base, this.queue) ?? new Collection(base, this.queue);
    this.filters = new Filters(() => void this.filterShown());
    this.selection = new Selection((images) => this.selectionChanged(images));
    const list = root.querySelector<HTMLElement>("#gallery-tiles");
    const end = root.querySelector<HTMLElement>("#gallery-end");
    if (!list || !end) throw new Error("the gallery's page lacks its grid");
    this.tiles = new Tiles(list, end, this.collection, {
      tags: () => this.data.tags,
      isSelected: (image) => this.selection.has(image),
      canSelect: () => this.canEdit(),
      onOpen,
      onPick: (image, isRange) => this.pick(image, isRange),
    }, variant.face);
    this.collection.start(this.data, this.filters.query());
    this.drawn = this.drawFirst();
    this.listenToQueue();
    document.body.addEventListener("tags-changed", () => void this.refresh());
    document.body.addEventListener("test-set-changed", () => void this.refresh());
  }

  private async drawFirst(): Promise<void> {
    const patience = new Promise<void>((settle) => setTimeout(settle, KEPT_EDITS_WITHIN_MS));
    await Promise.race([this.queue.ready.catch(() => undefined), patience]);
    this.collection.note(this.queue.answered());
    await this.tiles.restart();
    this.variant.onShown?.();
  }

  get isMulticlass(): boolean {
    return this.data.isMulticlass;
  }

  get isDetection(): boolean {
    return this.data.isDetection;
  }

  canEdit(): boolean {
    return !this.data.isReadOnly;
  }

  tags(): PageTag[] {
    return this.data.tags;
  }

  rules(): TagRules {
    return { tags: new Map(this.data.tags.map((tag) => [tag.id, tag])), isMulticlass: this.data.isMulticlass };
  }

  filter(): GalleryFilter {
    return this.data.filter;
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
    const isOn = !states.every(({ tags }) => tags.includes(tag));
    await this.perform(states, (some) => draftTag(some, tag, isOn, this.rules()));
  }

  async setTag(images: string[], tag: string, isOn: boolean): Promise<void> {
    await this.perform(await this.collection.states(images), (some) => draftTag(some, tag, isOn, this.rules()));
  }

  async untag(images: string[]): Promise<void> {
    await this.perform(await this.collection.states(images), draftUntag);
  }

  /** Say that nothing is to be found in these images, but those that have boxes. */
  async sayNoObjects(images: string[]): Promise<void> {
    const loaded = await this.load(images);
    const made = draftNoObjects(loaded);
    if (made !== null) return this.change(made);
    toast(images.length === 1 ? "It has boxes, or is marked already." : "They have boxes, or are marked already.");
  }

  /** Into the locked test set; out of it where all of them are in it. */
  async lock(images: string[]): Promise<void> {
    const isIn = !images.every((image) => this.collection.item(image)?.isInTestSet);
    await this.putIntoTestSet(images, isIn, "Undo");
  }

  private async putIntoTestSet(images: string[], isIn: boolean, undoWords: string): Promise<void> {
    const answers = await putIntoTestSet(this.project, images, isIn);
    const changed = answers.flatMap((answer) => answer.changed);
    this.collection.noteTestSet(changed, isIn);
    this.tiles.redraw(changed);
    for (const listener of this.itemListeners) listener(changed);
    this.countsChanged();
    const undo = (): void => void this.putIntoTestSet(changed, !isIn, "");
    toast(answers.map(({ words }) => words).join(" "), changed.length > 0 && undoWords !== "" ? { label: undoWords, run: undo } : undefined);
  }

  async deleteImages(images: string[]): Promise<void> {
    const states = await this.collection.states(images);
    const next = this.neighborOf(images);
    const hadFocus = this.tiles.hasFocus();
    await this.perform(states, draftDelete);
    this.selection.drop(images);
    if (hadFocus && next !== null) void this.tiles.focus(next);
  }

  /** One edit, whatever its size, so that one undo takes all of it back; the queue sends it in parts. */
  private async perform(states: EditableState[], draft: (some: EditableState[]) => Draft | null): Promise<void> {
    const made = draft(states);
    if (made !== null) await this.change(made);
  }

  async change(made: Draft): Promise<void> {
    await this.queue.perform(made.edit, made.inverse);
    if (made.edit.act === "delete" || made.edit.changes.length > 1) {
      toast(made.edit.words, { label: "Undo", run: () => void this.undo() });
    }
  }

  async undo(): Promise<void> {
    await this.queue.undo();
  }

  async redo(): Promise<void> {
    await this.queue.redo();
  }

  pickTag(options: TagPicking): Promise<PageTag | null> {
    return pickTag(this.data.tags, options, (name) => this.createTag(name));
  }

  async createTag(name: string): Promise<PageTag> {
    const tag = await callJson<PageTag>("POST", this.root.dataset.newTag ?? "", { name });
    this.data.tags = [...this.data.tags, tag];
    for (const listener of this.tagListeners) listener();
    this.countsChanged();
    return tag;
  }

  async refresh(): Promise<void> {
    await this.filters.refreshParts();
    this.data = readPageData();
    this.collection.forget();
    this.collection.start(this.data, this.filters.query());
    await this.tiles.restart(this.tiles.count);
    this.variant.onShown?.();
    for (const listener of this.tagListeners) listener();
  }

  focusTile(image: string): void {
    void this.tiles.focus(image);
  }

  onItemsChanged(listener: (images: string[]) => void): () => void {
    this.itemListeners.add(listener);
    return () => this.itemListeners.delete(listener);
  }

  onTagsChanged(listener: () => void): () => void {
    this.tagListeners.add(listener);
    return () => this.tagListeners.delete(listener);
  }

  async selectAll(): Promise<void> {
    await this.ready();
    this.selection.set(this.collection.all());
  }

  pick(image: string, isRange: boolean): void {
    if (!this.canEdit()) return;
    if (isRange) this.selection.extend(image, this.collection.all());
    else this.selection.toggle(image);
  }

  /** The selection, or else the image with the focus. */
  targets(): string[] {
    if (this.selection.size > 0) return this.selection.images();
    return this.tiles.hasFocus() && this.tiles.current ? [this.tiles.current] : [];
  }

  private neighborOf(images: string[]): string | null {
    const going = new Set(images);
    const shown = this.tiles.shown();
    const last = shown.findLastIndex((image) => going.has(image));
    const after = shown.slice(last + 1).find((image) => !going.has(image));
    return after ?? shown.findLast((image) => !going.has(image)) ?? null;
  }

  private async filterShown(): Promise<void> {
    this.data = readPageData();
    this.selection.clear();
    this.collection.start(this.data, this.filters.query());
    await this.tiles.restart();
    this.variant.onShown?.();
    for (const listener of this.tagListeners) listener();
  }

  private listenToQueue(): void {
    const changed = (edit: Edit): void => {
      const images = edit.changes.map(({ image }) => image);
      this.tiles.redraw(images);
      for (const listener of this.itemListeners) listener(images);
    };
    this.queue.onPerformed(changed);
    this.queue.onAnswer((edit, answer) => {
      this.collection.note([...answer.images, ...answer.conflicts.map(({ theirs }) => theirs)]);
      changed(edit);
      this.countsChanged();
    });
    this.queue.onRefused(({ edit }) => changed(edit));
    void this.queue.ready.then(() => this.tiles.redrawAll());
    const place = this.root.querySelector<HTMLElement>('[data-part="save"]');
    if (place) {
      showSaveState(this.queue, place, {
        signIn: this.root.dataset.signIn ?? "",
        seeConflicts: () => openConflicts(this.queue, this.rules(), (image) => this.item(image)?.picture ?? null),
        seeRefused: () => openRefused(this.queue),
      });
    }
  }

  /** Counts and warnings are drawn again soon; the tiles stay. */
  countsChanged(): void {
    clearTimeout(this.countsTimer);
    this.countsTimer = window.setTimeout(() => {
      const { first } = this.data;
      void this.filters.refreshParts().then(() => {
        this.data = { ...readPageData(), first };
        this.tiles.redrawAll();
        for (const listener of this.tagListeners) listener();
      });
      document.body.dispatchEvent(new Event("labels-changed"));
    }, COUNTS_SETTLE_MS);
  }

  private selectionChanged(images: Iterable<string>): void {
    this.tiles.mark(images);
    this.variant.onSelection?.();
    const bar = document.getElementById("selection-bar");
    if (!bar) return;
    bar.hidden = this.selection.size === 0;
    document.getElementById("gallery-tiles")?.classList.toggle("selecting", this.selection.size > 0);
    const count = bar.querySelector('[data-part="count"]');
    if (count) count.textContent = `${this.selection.size.toLocaleString("en-US")} selected`;
  }
}
