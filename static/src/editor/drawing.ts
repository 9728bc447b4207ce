/** The boxes as SVG, in screen pixels, so that lines, handles and names keep their size at any zoom. */

import { shape } from "../boxes/drawn_over.ts";
import type { TagFace } from "../edits/both_sides.ts";
import { find } from "../image_view/frame.ts";
import { type Handle, HANDLES, handlePoint, type Point, type Rect, type Size } from "./geometry.ts";
import { onStage, type Viewport } from "./viewport.ts";

const HANDLE_PX = 11;
const PLATE_PX = 20;
const PLATE_PADDING_PX = 6;
const TEXT_BASELINE_PX = 14;
/** With more boxes, or on a narrower stage, names would hide the picture: keys stand for them, but on the selected. */
const NAMED_BOXES = 8;
const NAMED_FROM_PX = 640;

/** A box to draw; `rect` is in the picture's pixels. */
export interface DrawnBox {
  id: string;
  rect: Rect;
  face: TagFace | null;
  /** Behind the tag's name on the plate: a probability. */
  more: string;
  isSuggested: boolean;
  /** Seen only under the pointer or the focus: one of many guesses. */
  isQuiet: boolean;
}

interface Parts {
  group: SVGGElement;
  rects: SVGRectElement[];
  plate: SVGRectElement;
  name: SVGTextElement;
  box: DrawnBox;
  at: number;
  of: number;
  isNamed: boolean;
}

export class Drawing {
  private readonly svg: SVGSVGElement;
  private readonly layer = shape("g", { "data-part": "boxes" });
  private readonly handles = shape("g", { "aria-hidden": "true" });
  private readonly draft = shape("g", { "aria-hidden": "true", class: "draft" });
  /** Two lines on layers of their own: moving them paints nothing anew. */
  private readonly across: HTMLElement;
  private readonly down: HTMLElement;
  private readonly parts = new Map<string, Parts>();
  private readonly widths = new Map<string, number>();
  private readonly pen = document.createElement("canvas").getContext("2d");
  private view: Viewport = { scale: 1, x: 0, y: 0 };
  private selected = "";

  constructor(figure: HTMLElement, svg: SVGSVGElement) {
    this.svg = svg;
    svg.replaceChildren(this.layer, this.handles, this.draft);
    this.across = find(figure, ".cross-across");
    this.down = find(figure, ".cross-down");
    for (const handle of Object.keys(HANDLES)) {
      this.handles.append(shape("rect", { class: "handle", "data-handle": handle, width: HANDLE_PX, height: HANDLE_PX, rx: 2 }));
    }
  }

  /** Draw these boxes; elements of boxes that stay are kept, and with them the focus. */
  show(boxes: readonly DrawnBox[], selected: string, stage: Size): void {
    const wanted = new Set(boxes.map(({ id }) => id));
    for (const [id, { group }] of this.parts) {
      if (wanted.has(id)) continue;
      group.remove();
      this.parts.delete(id);
    }
    this.selected = selected;
    const areNamed = boxes.length <= NAMED_BOXES && stage.width >= NAMED_FROM_PX;
    boxes.forEach((box, index) => {
      const parts = this.parts.get(box.id) ?? this.made(box);
      this.parts.set(box.id, parts);
      const isNamed = areNamed || box.id === selected;
      const isSame = parts.box.face === box.face && parts.box.more === box.more && parts.isNamed === isNamed;
      const isOther = !isSame || parts.at !== index + 1 || parts.of !== boxes.length;
      Object.assign(parts, { box, at: index + 1, of: boxes.length, isNamed });
      if (isOther) this.describe(parts);
      if (this.layer.children[index] !== parts.group) this.layer.insertBefore(parts.group, this.layer.children[index] ?? null);
      this.place(parts, box.rect);
      this.mark(parts);
    });
    this.placeHandles();
  }

  /** A box under another id: its element, and the focus on it, stay. */
  rename(from: string, to: string): void {
    const parts = this.parts.get(from);
    if (parts === undefined || this.parts.has(to)) return;
    this.parts.delete(from);
    this.parts.set(to, parts);
    parts.group.dataset.box = to;
    if (this.selected === from) this.selected = to;
  }

  look(view: Viewport): void {
    this.view = view;
    for (const parts of this.parts.values()) this.place(parts, parts.box.rect);
    this.placeHandles();
  }

  /** While it is dragged, one box alone is drawn anew. */
  drag(id: string, rect: Rect): void {
    const parts = this.parts.get(id);
    if (parts === undefined) return;
    parts.box = { ...parts.box, rect };
    this.place(parts, rect);
    this.placeHandles();
  }

  /** The box that is being drawn, not one yet; null takes it away. */
  showDraft(rect: Rect | null, face: TagFace | null): void {
    this.draft.replaceChildren();
    if (rect === null) return;
    this.draft.setAttribute("data-tag", String(face?.color ?? 1));
    const { left: x, top: y, width, height } = onStage(this.view, rect);
    this.draft.append(shape("rect", { class: "case lit", x, y, width, height }), shape("rect", { class: "box on", x, y, width, height }));
  }

  /** Let one box stand out, without drawing anything anew; "" for none. */
  light(id: string): void {
    for (const [each, { group }] of this.parts) group.classList.toggle("looked", each === id);
  }

  crosshair(at: Point | null): void {
    this.across.hidden = this.down.hidden = at === null;
    if (at === null) return;
    this.across.style.transform = `translateY(${at.y}px)`;
    this.down.style.transform = `translateX(${at.x}px)`;
  }

  setHidden(isHidden: boolean): void {
    for (const layer of [this.layer, this.handles]) layer.classList.toggle("unseen", isHidden);
  }

  element(id: string): SVGGElement | null {
    return this.parts.get(id)?.group ?? null;
  }

  private made(box: DrawnBox): Parts {
    const rects = [shape("rect", { class: "case" }), shape("rect", { class: "box" })];
    const plate = shape("rect", { class: "boxplate", height: PLATE_PX, rx: 2 });
    const name = shape("text", { class: "boxname" });
    const group = shape("g", { tabindex: 0, role: "button" }, ...rects, shape("g", { "aria-hidden": "true" }, plate, name));
    group.dataset.box = box.id;
    const parts = { group, rects, plate, name, box, at: 0, of: 0, isNamed: false };
    this.layer.append(group);
    return parts;
  }

  private describe({ group, rects, plate, name, box, at, of, isNamed }: Parts): void {
    const words = [box.face?.key ?? "", isNamed ? (box.face?.name ?? "") : "", box.more].filter((part) => part !== "").join("  ");
    name.textContent = words;
    plate.setAttribute("width", String(this.widthOf(words) + 2 * PLATE_PADDING_PX));
    group.setAttribute("data-tag", String(box.face?.color ?? 1));
    if (box.isSuggested) rects[1]?.classList.add("maybe");
    // What is written on the plate comes first, for those who speak to their computer.
    const tagName = box.face?.name ?? "no tag yet";
    const said = isNamed ? [box.face?.key ?? "", tagName, box.more] : [box.face?.key ?? "", box.more, tagName];
    const spoken = said.filter((part) => part !== "").join(" ");
    group.setAttribute("aria-label", `${spoken}, ${box.isSuggested ? "suggested" : "box"} ${at} of ${of}`);
  }

  private place({ rects, plate, name }: Parts, rect: Rect): void {
    const { left, top, width, height } = onStage(this.view, rect);
    for (const one of rects) setRect(one, left, top, width, height);
    const plateTop = top - PLATE_PX >= 0 ? top - PLATE_PX : top;
    plate.setAttribute("x", String(left));
    plate.setAttribute("y", String(plateTop));
    name.setAttribute("x", String(left + PLATE_PADDING_PX));
    name.setAttribute("y", String(plateTop + TEXT_BASELINE_PX));
  }

  private mark({ group, rects, box }: Parts): void {
    const isSelected = box.id === this.selected;
    rects[0]?.classList.toggle("lit", isSelected);
    rects[1]?.classList.toggle("on", isSelected);
    group.setAttribute("aria-pressed", String(isSelected));
    group.classList.toggle("quiet", box.isQuiet && !isSelected);
  }

  private placeHandles(): void {
    const box = this.parts.get(this.selected)?.box;
    const isShown = box !== undefined && !box.isSuggested;
    this.handles.classList.toggle("unseen-here", !isShown);
    if (!isShown) return;
    const seen = onStage(this.view, box.rect);
    for (const handle of this.handles.children) {
      const { x, y } = handlePoint(seen, (handle as SVGElement).dataset.handle as Handle);
      handle.setAttribute("x", String(x - HANDLE_PX / 2));
      handle.setAttribute("y", String(y - HANDLE_PX / 2));
    }
  }

  /** Measured without asking the page for its layout. */
  private widthOf(words: string): number {
    let width = this.widths.get(words);
    if (width === undefined) {
      if (this.pen !== null) this.pen.font = `700 12px ${getComputedStyle(this.svg).fontFamily}`;
      width = Math.ceil(this.pen?.measureText(words).width ?? words.length * 7);
      this.widths.set(words, width);
    }
    return width;
  }
}

function setRect(rect: SVGRectElement, x: number, y: number, width: number, height: number): void {
  rect.setAttribute("x", String(x));
  rect.setAttribute("y", String(y));
  rect.setAttribute("width", String(width));
  rect.setAttribute("height", String(height));
}
