/** Drawing boxes on the image in the frame: what the hand and the keys do becomes edits. */

import { newId } from "../edits/ids.ts";
import type { Box } from "../edits/types.ts";
import type { GalleryItem, GalleryPage, PageTag } from "../gallery/types.ts";
import { find } from "../image_view/frame.ts";
import { neighbor } from "../image_view/steps.ts";
import type { ViewActs, Work, WorkKey } from "../image_view/work.ts";
import { BoxEdits } from "./box_edits.ts";
import { ARROWS, ByKey } from "./by_key.ts";
import { Canvas, drawnBox, drawnSuggestion } from "./canvas.ts";
import { copiesOf } from "./drafts.ts";
import { inFractions, inPixels, moved, type Rect } from "./geometry.ts";
import { editorKeys } from "./keys.ts";
import { Side } from "./side.ts";
import { Suggesting } from "./suggesting.ts";
import { percent } from "./suggestions.ts";
import { Tools } from "./tools.ts";
import { boxCount, placeWords } from "./words.ts";

const DUPLICATE_OFFSET_PX = 16;
const EDGES = ["left", "top", "width", "height"] as const;

export class Boxing implements Work {
  private readonly page: GalleryPage;
  private readonly view: ViewActs;
  private readonly root: HTMLElement;
  private readonly canvas: Canvas;
  private readonly side: Side;
  private readonly tools: Tools;
  private readonly byKey: ByKey;
  private item: GalleryItem | null = null;
  private readonly edits: BoxEdits;
  private selected = "";
  private nextTag = "";
  private readonly suggesting: Suggesting;
  private hovered = "";

  constructor(root: HTMLElement, page: GalleryPage, view: ViewActs) {
    this.root = root;
    this.page = page;
    this.view = view;
    this.edits = new BoxEdits(page, () => this.draw());
    const figure = find(root, '[data-part="figure"]');
    this.canvas = new Canvas(figure, find<SVGSVGElement>(root, ".view-boxes"), find(root, ".view-picture"), {
      onDrawn: (rect) => void this.drawn(rect),
      onChanged: (id, rect) => this.changed(id, rect),
      onSelected: (id) => this.select(id),
      onAccepted: (id) => void this.suggesting.accept([id]),
      onHover: (id) => this.hover(id),
      onBegin: () => this.byKey.finish(),
    });
    this.tools = new Tools(root, this.canvas);
    this.side = new Side(root, {
      onTag: (tag) => this.tagChosen(tag),
      onBox: (id) => this.select(id, true),
      onDelete: (id) => this.delete(id),
      onAccept: (id) => void this.suggesting.accept([id]),
      onDismiss: (id) => this.dismiss(id),
      onLook: (id) => this.hover(id),
    });
    this.suggesting = new Suggesting(page, {
      image: () => this.item?.image ?? "",
      boxes: () => this.edits.now()?.boxes ?? [],
      nextTag: async () => this.next() ?? (await this.firstTag(null)),
      nameOf: (tag) => this.nameOf(tag),
      add: (boxes, words) => this.add(boxes, words),
      draw: () => this.draw(),
      say: (words) => view.say(words),
    });
    this.byKey = new ByKey(this.canvas, (id, rect) => this.changed(id, rect));
  }

  listen(signal: AbortSignal): void {
    this.canvas.listen(signal);
    this.nextTag = localStorage.getItem(this.storedUnder()) ?? "";
    this.suggesting.listen(this.root, signal);
    addEventListener("keyup", (event) => {
      if (ARROWS.includes(event.key)) this.byKey.finish();
    }, { signal });
    addEventListener("blur", () => this.byKey.finish(), { signal });
    addEventListener("pagehide", () => this.byKey.finish(), { signal });
    this.drawTags();
  }

  show(item: GalleryItem): void {
    if (this.item?.image !== item.image) {
      this.finish();
      this.selected = "";
      this.suggesting.begin(item.image);
      this.hovered = "";
      this.item = item;
      this.canvas.open(item);
    }
    this.item = item;
    this.edits.take(item);
    this.draw();
  }

  drawTags(): void {
    this.side.drawTags(this.tags(), this.next()?.id ?? "", this.canEdit);
    this.draw();
  }

  finish(): void {
    this.byKey.finish();
    this.byKey.cancel();
    this.canvas.cancel();
  }

  end(): void {
    this.finish();
    this.item = null;
    this.edits.take(null);
    this.tools.reset();
  }

  acts(): Record<string, () => void> {
    return {
      "type-tag": () => void this.typeTag(),
      "no-objects": () => this.toggleNoObjects(),
      "previous-boxes": () => void this.copyPrevious(),
      suggest: () => void this.suggesting.ask(),
      "accept-all": () => void this.suggesting.acceptAll(),
      "draw-box": () => this.placeByKey(),
      "zoom-in": () => this.canvas.zoomIn(),
      "zoom-out": () => this.canvas.zoomOut(),
      fit: () => this.canvas.fitPicture(),
      hide: () => this.view.say(this.tools.toggleHidden()),
      hand: () => this.tools.toggleHand(),
    };
  }

  keys(): WorkKey[] {
    return editorKeys({
      escape: () => this.escape(),
      canEscape: () => this.byKey.isPlacing || this.selected !== "",
      place: () => this.placeByKey(),
      enter: () => void this.enter(),
      isPlacing: () => this.byKey.isPlacing,
      isSuggestion: () => this.suggesting.has(this.selected),
      arrow: (event) => this.arrow(event),
      canMove: () => this.canEdit && (this.byKey.isPlacing || this.selectedBox() !== null),
      tagNumber: (key) => {
        const tag = this.tags().find((one) => one.key === key);
        if (tag !== undefined) this.tagChosen(tag);
      },
      typeTag: () => void this.typeTag(),
      duplicate: () => this.duplicate(),
      delete: () => this.delete(this.selected),
      copyPrevious: () => void this.copyPrevious(),
      suggest: () => void this.suggesting.ask(),
      accept: () => void this.acceptOne(),
      acceptAll: () => void this.suggesting.acceptAll(),
      noObjects: () => this.toggleNoObjects(),
      hide: () => this.view.say(this.tools.toggleHidden()),
      zoomIn: () => this.canvas.zoomIn(),
      zoomOut: () => this.canvas.zoomOut(),
      fit: () => this.canvas.fitPicture(),
    });
  }

  // What is there

  private get canEdit(): boolean {
    return this.page.canEdit();
  }

  private tags(): PageTag[] {
    return this.page.tags().filter(({ type }) => type !== "Negative");
  }

  private faces(): Map<string, PageTag> {
    return new Map(this.page.tags().map((tag) => [tag.id, tag]));
  }

  private next(): PageTag | null {
    const tags = this.tags();
    return tags.find(({ id }) => id === this.nextTag) ?? tags[0] ?? null;
  }

  private selectedBox(): { id: string; rect: Rect } | null {
    const box = this.edits.box(this.selected);
    return box === null || this.item === null ? null : { id: box.id, rect: inPixels(box, this.item) };
  }

  private draw(): void {
    const item = this.edits.now();
    if (item === null) return;
    this.followSelected(item.boxes);
    const faces = this.faces();
    const suggested = this.suggesting.open();
    const drawn = item.boxes.map((box) => {
      const held = this.byKey.rectOf(box.id);
      const one = drawnBox(box, faces.get(box.tag) ?? null, item);
      return held === null ? one : { ...one, rect: held };
    });
    const maybe = suggested.map((one) => {
      const face = one.tag === null ? null : (faces.get(one.tag) ?? null);
      return drawnSuggestion(one, face, item, percent(one.probability) || (face === null ? "?" : ""));
    });
    this.canvas.show([...drawn, ...maybe], this.selected, this.canEdit, this.next());
    this.side.drawBoxes(item, item.boxes, this.selected, faces, this.canEdit);
    this.side.drawSuggestions(this.suggesting.offer, suggested, faces, item, this.canEdit);
    this.side.locked(this.canEdit ? "" : this.lockedWords());
    const svg = find<SVGSVGElement>(this.root, ".view-boxes");
    svg.setAttribute("aria-label", `${item.name}: ${boxCount(item.boxes.length)}`);
    svg.dataset.image = item.image;
    svg.dataset.coming = String(this.edits.comingCount);
  }

  private lockedWords(): string {
    if (this.page.filter().iteration !== "") return "Frozen with the iteration. Choose Workspace to change boxes.";
    return "Your role may look at boxes, not change them.";
  }

  /** A box that was moved, or moved back, is still the one that was selected. */
  private followSelected(boxes: readonly Box[]): void {
    const same = this.selected === "" ? null : this.edits.sameAs(this.selected, boxes);
    if (same !== null) this.selectedIsNow(same.id);
  }

  private selectedIsNow(id: string): void {
    if (id === this.selected) return;
    this.canvas.drawing.rename(this.selected, id);
    this.selected = id;
  }

  // What is done

  private changed(id: string, rect: Rect): void {
    const box = this.edits.box(id);
    if (box === null || this.item === null) return;
    const to = inFractions(rect, this.item);
    if (EDGES.every((edge) => box[edge] === to[edge])) return this.draw();
    this.edits.replace(box, to, `Moved ${this.nameOf(box.tag)}`);
    this.view.say(placeWords(to));
  }

  private nameOf(tag: string): string {
    return this.faces().get(tag)?.name ?? "a box";
  }

  private async drawn(rect: Rect): Promise<void> {
    const { item } = this;
    if (item === null) return;
    const tag = this.next() ?? (await this.firstTag(rect));
    if (tag === null || this.item?.image !== item.image) return;
    this.add([{ id: newId(), tag: tag.id, ...inFractions(rect, item) }], `Drew ${tag.name}`);
  }

  /** There is no tag yet: the first box makes it. */
  private async firstTag(rect: Rect | null): Promise<PageTag | null> {
    this.canvas.showDraft(rect);
    const tag = await this.page.pickTag({ title: "What is this?", chosen: [], canCreate: true });
    this.canvas.showDraft(null);
    if (tag !== null) this.setNext(tag);
    return tag;
  }

  private add(boxes: Box[], words: string): void {
    const last = boxes.at(-1);
    if (last === undefined) return;
    this.selected = last.id;
    this.edits.change([], boxes, words);
    this.focusBox(last.id);
    this.view.say(words);
  }

  private delete(id: string): void {
    if (this.suggesting.has(id)) return this.dismiss(id);
    const box = this.edits.box(id);
    const boxes = this.edits.now()?.boxes ?? [];
    if (box === null || !this.canEdit) return this.view.say("No box is selected.");
    const at = boxes.indexOf(box);
    const others = boxes.filter((one) => one.id !== id);
    this.selected = others[Math.min(at, others.length - 1)]?.id ?? "";
    const hadFocus = this.canvas.drawing.element(id)?.contains(document.activeElement) ?? false;
    this.edits.change([box], [], `Deleted ${this.nameOf(box.tag)}`);
    this.view.say(`Deleted ${this.nameOf(box.tag)}, ${boxCount(others.length)} left`);
    if (hadFocus || document.activeElement === document.body) this.focusBox(this.selected);
  }

  private duplicate(): void {
    const box = this.edits.box(this.selected);
    if (box === null || this.item === null) return this.view.say("No box is selected.");
    const by = DUPLICATE_OFFSET_PX / this.canvas.scale;
    const rect = inPixels(box, this.item);
    let beside = moved(rect, { x: by, y: by }, this.item);
    if (beside.left === rect.left && beside.top === rect.top) beside = moved(rect, { x: -by, y: -by }, this.item);
    this.add([{ id: newId(), tag: box.tag, ...inFractions(beside, this.item) }], `Duplicated ${this.nameOf(box.tag)}`);
  }

  private tagChosen(tag: PageTag): void {
    this.byKey.finish();
    this.setNext(tag);
    const box = this.edits.box(this.selected);
    if (box !== null && box.tag !== tag.id) this.edits.replace(box, { tag: tag.id }, `Tagged a box ${tag.name}`);
    this.view.say(box === null ? `Next box: ${tag.name}` : `This box: ${tag.name}`);
  }

  private setNext(tag: PageTag): void {
    this.nextTag = tag.id;
    localStorage.setItem(this.storedUnder(), tag.id);
    this.drawTags();
  }

  private storedUnder(): string {
    return `sightline-next-tag ${this.page.project}`;
  }

  private async typeTag(): Promise<void> {
    if (!this.canEdit) return this.view.say(this.lockedWords());
    const box = this.edits.box(this.selected);
    const focused = document.activeElement;
    const title = box === null ? "Tag for the next box" : "Tag of this box";
    const tag = await this.page.pickTag({ title, chosen: box === null ? [] : [box.tag], canCreate: true });
    if (tag !== null) this.tagChosen(tag);
    if (focused instanceof SVGElement && !focused.isConnected) this.focusBox(this.selected);
  }

  private toggleNoObjects(): void {
    const item = this.edits.now();
    if (item === null || !this.canEdit) return this.view.say(this.lockedWords());
    const isSaid = !item.hasNoObjects;
    if (isSaid && item.boxes.length > 0) return this.view.say(`It has ${boxCount(item.boxes.length)}: delete them first.`);
    this.edits.sayNoObjects(isSaid);
    this.view.say(isSaid ? "No objects here" : "Not marked any more");
  }

  private async copyPrevious(): Promise<void> {
    const { item } = this;
    if (item === null || !this.canEdit) return;
    const before = neighbor(this.page, item.image, -1, new Set());
    if (before === null) return this.view.say("This is the first image.");
    const [from] = await this.page.load([before]).catch(() => []);
    const here = this.edits.now();
    if (this.item?.image !== item.image || here === null) return;
    const boxes = copiesOf(from?.boxes ?? [], here.boxes, newId);
    if (boxes.length === 0) return this.view.say("The previous image has no boxes that are not here.");
    this.add(boxes, `Copied ${boxCount(boxes.length)} from the previous image`);
  }

  // Choosing and moving

  private select(id: string, isByList = false): void {
    this.byKey.finish();
    if (this.selected !== id) {
      this.selected = id;
      this.draw();
    }
    const box = this.selectedBox();
    if (isByList && box !== null) {
      this.canvas.reveal(box.rect);
      this.focusBox(id);
    }
  }

  private hover(id: string): void {
    this.hovered = id;
    this.canvas.drawing.light(id);
  }

  private focusBox(id: string): void {
    const place = this.canvas.drawing.element(id) ?? find<SVGSVGElement>(this.root, ".view-boxes");
    place.focus({ preventScroll: true });
  }

  private arrow(event: KeyboardEvent): void {
    if (this.item !== null) this.byKey.arrow(event, this.selectedBox(), this.item);
  }

  private placeByKey(): void {
    if (!this.canEdit) return this.view.say(this.lockedWords());
    this.byKey.place();
    find<SVGSVGElement>(this.root, ".view-boxes").focus({ preventScroll: true });
    this.view.say("New box. Arrows move it, Alt and arrows resize it, Enter keeps it.");
  }

  private async enter(): Promise<void> {
    const rect = this.byKey.take();
    if (rect !== null) return this.drawn(rect);
    await this.acceptOne();
  }

  private escape(): void {
    if (this.canvas.cancel()) return;
    if (this.byKey.take() !== null) return;
    this.select("");
    this.focusBox("");
  }

  private acceptOne(): Promise<void> {
    return this.suggesting.acceptOne(this.selected, this.hovered);
  }

  private dismiss(id: string): void {
    if (this.selected === id) this.selected = "";
    this.suggesting.dismiss(id);
  }
}
