/** The page of stored predictions: filters, tiles, selection, labels kept here, pictures on their way to training images. */

import { callJson } from "../call.ts";
import type { TagRules } from "../edits/both_sides.ts";
import type { Suggestions } from "../editor/suggestions.ts";
import { Filters } from "../gallery/filters.ts";
import { Selection } from "../gallery/selection.ts";
import { pickTag } from "../gallery/tag_picker.ts";
import { Tiles } from "../gallery/tiles.ts";
import type { Draft, GalleryFilter, GalleryItem, GalleryPage, PageTag, TagPicking } from "../gallery/types.ts";
import type { ViewActs, Work } from "../image_view/work.ts";
import { toast } from "../toast.ts";
import { suggestionsOf } from "./accepting.ts";
import { SelectionBar } from "./bar.ts";
import { isBare } from "./draft_store.ts";
import type { Drafts } from "./drafts.ts";
import { predictionFace } from "./face.ts";
import { Labeling } from "./labeling.ts";
import { Leaving } from "./leaving.ts";
import { Newcomers } from "./newcomers.ts";
import { readPageData, readTags } from "./page_data.ts";
import { StoredPredictions } from "./stored.ts";
import type { PageData, PredictionRecord } from "./types.ts";
import { moment, origin } from "./words.ts";
import { PredictionWork } from "./work.ts";

const NO_FILTER: GalleryFilter = { tagging: "all", tags: [], iteration: "", name: "", order: "newest", isOnlyWrong: false, threshold: 50 };

export class Predictions implements GalleryPage {
  readonly project: string;
  readonly person: string;
  readonly queue: Drafts;
  readonly tiles: Tiles;
  readonly selection: Selection;
  /** Settled when the first predictions are drawn, with the labels they have here. */
  readonly drawn: Promise<void>;
  private readonly root: HTMLElement;
  private readonly stored: StoredPredictions;
  private readonly filters: Filters;
  private readonly bar: SelectionBar;
  private readonly newcomers: Newcomers;
  private readonly leaving: Leaving;
  readonly labeling: Labeling;
  private readonly base: string;
  private readonly itemListeners = new Set<(images: string[]) => void>();
  private readonly tagListeners = new Set<() => void>();
  private data: PageData;
  private pageTags: PageTag[];
  private from: number;

  constructor(root: HTMLElement, drafts: Drafts, onOpen: (image: string) => void) {
    this.root = root;
    this.project = root.dataset.project ?? "";
    this.person = document.body.dataset.person ?? "";
    this.base = root.dataset.address ?? "";
    this.queue = drafts;
    this.data = readPageData();
    this.pageTags = readTags();
    this.from = this.data.threshold / 100;
    this.stored = new StoredPredictions(this.base, drafts);
    this.filters = new Filters(() => void this.filterShown());
    this.selection = new Selection((images) => this.selectionChanged(images));
    this.bar = new SelectionBar(document.getElementById("selection-bar"), (tag) => void this.toggleTag(this.chosen(), tag));
    this.newcomers = new Newcomers(`${this.base}/new`, (count) => this.bar.showNew(count));
    const list = root.querySelector<HTMLElement>("#gallery-tiles");
    const end = root.querySelector<HTMLElement>("#gallery-end");
    if (!list || !end) throw new Error("the page of predictions lacks its grid");
    const face = predictionFace({
      record: (image) => this.stored.record(image),
      isDetection: () => this.data.isDetection,
      from: () => this.from,
    });
    const acts = {
      tags: () => this.pageTags,
      isSelected: (image: string) => this.selection.has(image),
      canSelect: () => this.canEdit(),
      onOpen,
      onPick: (image: string, isRange: boolean) => this.pick(image, isRange),
    };
    this.tiles = new Tiles(list, end, this.stored, acts, face);
    this.labeling = new Labeling({
      load: (images) => this.load(images),
      record: (image) => this.record(image),
      rules: () => this.rules(),
      isDetection: () => this.isDetection,
      from: () => this.from,
      change: (draft) => this.change(draft),
    });
    this.leaving = new Leaving({
      base: this.base,
      images: root.dataset.images ?? "/",
      drafts,
      stored: this.stored,
      tiles: this.tiles,
      bar: this.bar,
      selection: this.selection,
      newcomers: this.newcomers,
      changed: (images) => this.changed(images),
      countsChanged: () => this.countsChanged(),
    });
    this.begin();
    this.drawn = drafts.ready.then(() => this.tiles.restart());
    drafts.onPerformed(({ changes }) => this.changed(changes.map(({ image }) => image)));
    drafts.onState(() => this.drawBar());
    document.body.addEventListener("tags-changed", () => void this.refresh());
    document.addEventListener("click", (event) => {
      if ((event.target as Element).closest("#show-new")) void this.showNew();
    });
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
    return this.pageTags;
  }

  rules(): TagRules {
    return { tags: new Map(this.pageTags.map((tag) => [tag.id, tag])), isMulticlass: this.data.isMulticlass };
  }

  filter(): GalleryFilter {
    return NO_FILTER;
  }

  count(): number {
    return Math.max(this.stored.matching, this.stored.count());
  }

  indexOf(image: string): number {
    return this.stored.indexOf(image);
  }

  imageAt(index: number): string | null {
    return this.stored.imageAt(index);
  }

  item(image: string): GalleryItem | null {
    return this.stored.item(image);
  }

  record(image: string): PredictionRecord | null {
    return this.stored.record(image);
  }

  load(images: string[]): Promise<GalleryItem[]> {
    return this.stored.load(images);
  }

  fetchWhole(image: string): Promise<PredictionRecord> {
    return this.stored.fetchWhole(image);
  }

  /** The pages come as one goes on; the first is there. */
  ready(): Promise<void> {
    return this.drawn;
  }

  ahead(image: string, count: number): void {
    if (this.stored.isEnd || this.stored.indexOf(image) + count < this.stored.known) return;
    // There is a next one now: the view that asked draws its steps again.
    void this.stored.ready().then(() => this.changed([image]), () => undefined);
  }

  suggestionsOf(image: string): Suggestions | null {
    const record = this.stored.record(image);
    return record === null ? null : suggestionsOf(record, new Set(this.pageTags.map(({ id }) => id)), this.from);
  }

  factsOf(image: string): [string, string][] {
    const record = this.stored.record(image);
    if (record === null) return [];
    return [
      ["Sent", `${moment(record.created)} UTC`],
      ["To", origin(record)],
      ["Model", record.iteration],
      ["Size", `${record.width} x ${record.height}`],
    ];
  }

  workOf(root: HTMLElement, view: ViewActs): Work {
    return new PredictionWork(root, this, view);
  }

  toggleTag(images: string[], tag: string): Promise<void> {
    return this.labeling.toggleTag(images, tag);
  }

  setTag(images: string[], tag: string, isOn: boolean): Promise<void> {
    return this.labeling.setTag(images, tag, isOn);
  }

  async change(made: Draft): Promise<void> {
    await this.queue.perform(made.edit, made.inverse);
    if (made.edit.changes.length > 1) toast(made.edit.words, { label: "Undo", run: () => void this.undo() });
  }

  async undo(): Promise<void> {
    await this.queue.undo();
  }

  async redo(): Promise<void> {
    await this.queue.redo();
  }

  async deleteImages(images: string[]): Promise<void> {
    await this.deleteAsked(images);
  }

  /** Ask, since it cannot be undone, then delete. True where they are gone. */
  async deleteAsked(images: string[]): Promise<boolean> {
    return this.canEdit() && this.leaving.delete(images);
  }

  /** Move them to the training images with the labels they have here. True where all of them went. */
  async save(images: string[]): Promise<boolean> {
    return this.canEdit() && this.leaving.save(images);
  }

  pickTag(options: TagPicking): Promise<PageTag | null> {
    return pickTag(this.pageTags, options, (name) => this.createTag(name));
  }

  async createTag(name: string): Promise<PageTag> {
    const tag = await callJson<PageTag>("POST", this.root.dataset.newTag ?? "", { name });
    this.pageTags = [...this.pageTags, tag];
    this.drawBar();
    for (const listener of this.tagListeners) listener();
    return tag;
  }

  async refresh(): Promise<void> {
    await this.filters.refreshParts();
    await this.filterShown(true);
  }

  focusTile(image: string): void {
    const place = this.stored.isRemoved(image) ? this.leaving.neighborOf([image]) : image;
    if (place !== null) void this.tiles.focus(place);
  }

  onItemsChanged(listener: (images: string[]) => void): () => void {
    this.itemListeners.add(listener);
    return () => this.itemListeners.delete(listener);
  }

  onTagsChanged(listener: () => void): () => void {
    this.tagListeners.add(listener);
    return () => this.tagListeners.delete(listener);
  }

  /** All that are on the page by now; the rest comes as one goes on. */
  selectAll(): void {
    if (this.canEdit()) this.selection.set(this.tiles.shown());
  }

  pick(image: string, isRange: boolean): void {
    if (!this.canEdit()) return;
    if (isRange) this.selection.extend(image, this.stored.all());
    else this.selection.toggle(image);
  }

  /** What keys act on: the selection, or else the prediction with the focus. */
  targets(): string[] {
    if (this.selection.size > 0) return this.selection.images();
    return this.tiles.hasFocus() && this.tiles.current ? [this.tiles.current] : [];
  }

  /** What the bar acts on: the selection, or else those that are labeled. */
  chosen(): string[] {
    return this.selection.size > 0 ? this.selection.images() : this.queue.labeled();
  }

  /** Boxes are drawn from another percentage on; nothing is asked of the server. */
  setThreshold(percent: number): void {
    this.from = percent / 100;
    const address = new URL(location.href);
    address.searchParams.set("threshold", String(percent));
    history.replaceState(history.state, "", address);
    this.tiles.redrawAll();
  }

  private changed(images: string[]): void {
    this.tiles.redraw(images);
    for (const listener of this.itemListeners) listener(images);
  }

  private async showNew(): Promise<void> {
    await this.filters.show(new URL(location.href), "none");
    scrollTo({ top: 0, behavior: "instant" });
  }

  /** The first page of the filter in the address is what there is. */
  private begin(): void {
    const query = this.filters.query();
    this.stored.start(this.data.content, this.data.total, query);
    this.newcomers.start(query, this.data.since, this.data.recent);
    this.bar.setAtOnce();
  }

  private async filterShown(isSame = false): Promise<void> {
    this.data = readPageData();
    this.pageTags = readTags();
    this.from = this.data.threshold / 100;
    if (!isSame) this.selection.clear();
    this.begin();
    await this.tiles.restart(isSame ? this.tiles.count : 0);
    this.drawBar();
    this.root.dispatchEvent(new Event("filter-shown"));
    for (const listener of this.tagListeners) listener();
  }

  private countsChanged(): void {
    void this.filters.refreshParts().then(() => {
      this.data = { ...readPageData(), content: this.data.content };
      this.bar.showStored(this.data.stored);
      this.root.dispatchEvent(new Event("filter-shown"));
    });
  }

  private selectionChanged(images: Iterable<string>): void {
    this.tiles.mark(images);
    this.drawBar();
  }

  private drawBar(): void {
    const labeled = this.queue.labeled();
    const bare = this.selection.images().filter((image) => isBare(this.queue.labelsOf(image))).length;
    this.bar.draw(this.selection.size, labeled.length, bare, this.pageTags);
    document.getElementById("gallery-tiles")?.classList.toggle("selecting", this.selection.size > 0);
  }
}
