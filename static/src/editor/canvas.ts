/** The picture and the hand on it: pointer, wheel and fingers become boxes, moves and zoom. */

import type { TagFace } from "../edits/both_sides.ts";
import { type DrawnBox, Drawing } from "./drawing.ts";
import { handleAt, inPixels, type Point, type Rect, type Size, smallestAt } from "./geometry.ts";
import { type Gesture, isBox, LEAST_DRAG_PX, rectDuring } from "./gestures.ts";
import { fitted, onPicture, panned, showing, type Viewport, ZOOM_STEP, zoomed } from "./viewport.ts";

const MARGIN_PX = 24;
const NARROW_MARGIN_PX = 8;
const HANDLE_REACH_PX = 10;
const HANDLE_REACH_TOUCH_PX = 22;
const CLICK_MARGIN_PX = 3;
const PIXELS_SEEN_FROM = 4;
const WHEEL_PIXELS_A_LINE = 16;

export interface CanvasActs {
  onDrawn(rect: Rect): void;
  onChanged(id: string, rect: Rect): void;
  /** "" for none. */
  onSelected(id: string): void;
  /** A suggested box was clicked. */
  onAccepted(id: string): void;
  /** The pointer rests over a suggested box, or no longer. */
  onHover(id: string): void;
  /** Something begins: what is under way by key is finished first. */
  onBegin(): void;
}

export class Canvas {
  readonly drawing: Drawing;
  private readonly figure: HTMLElement;
  private readonly svg: SVGSVGElement;
  private readonly picture: HTMLElement;
  private readonly acts: CanvasActs;
  private readonly pointers = new Map<number, Point>();
  private size: Size = { width: 1, height: 1 };
  private stage: Size = { width: 1, height: 1 };
  private view: Viewport = { scale: 1, x: 0, y: 0 };
  private fit: Viewport = this.view;
  private boxes: readonly DrawnBox[] = [];
  private selected = "";
  private gesture: Gesture | null = null;
  private during: Rect | null = null;
  private isDragged = false;
  private pressedAt: Point = { x: 0, y: 0 };
  private canEdit = false;
  private isHand = false;
  private isSpaceHeld = false;
  private face: TagFace | null = null;
  private hovered = "";

  constructor(figure: HTMLElement, svg: SVGSVGElement, picture: HTMLElement, acts: CanvasActs) {
    this.figure = figure;
    this.svg = svg;
    this.picture = picture;
    this.acts = acts;
    this.drawing = new Drawing(figure, svg);
  }

  listen(signal: AbortSignal): void {
    const { svg } = this;
    svg.addEventListener("pointerdown", (event) => this.down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.move(event), { signal });
    svg.addEventListener("pointerup", (event) => this.up(event), { signal });
    svg.addEventListener("pointercancel", (event) => this.lift(event), { signal });
    svg.addEventListener("pointerleave", () => this.leave(), { signal });
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
    svg.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    svg.addEventListener("focusin", (event) => {
      const id = (event.target as Element).closest<SVGGElement>("[data-box]")?.dataset.box;
      if (id !== undefined && this.gesture === null) this.acts.onSelected(id);
    }, { signal });
    const space = (isHeld: boolean) => (event: KeyboardEvent) => {
      if (event.key !== " " || (event.target as Element).closest("button, input, textarea, select, a, dialog")) return;
      event.preventDefault();
      this.isSpaceHeld = isHeld;
      this.drawCursor();
    };
    addEventListener("keydown", space(true), { signal });
    addEventListener("keyup", space(false), { signal });
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(this.figure);
    signal.addEventListener("abort", () => observer.disconnect());
    this.measure();
  }

  /** Another picture, shown whole. */
  open(size: Size): void {
    this.cancel();
    this.size = size;
    this.fit = fitted(size, this.stage, this.margin());
    this.look(this.fit);
  }

  show(boxes: readonly DrawnBox[], selected: string, canEdit: boolean, face: TagFace | null): void {
    this.canEdit = canEdit;
    this.face = face;
    this.selected = selected;
    const held = this.gesture !== null && "box" in this.gesture ? this.gesture.box : "";
    const rect = this.during;
    this.boxes = held === "" || rect === null ? boxes : boxes.map((box) => (box.id === held ? { ...box, rect } : box));
    this.drawing.show(this.boxes, selected, this.stage);
    this.drawCursor();
  }

  /** What is dragged goes back to where it was. True where something was. */
  cancel(): boolean {
    const { gesture } = this;
    this.gesture = null;
    this.during = null;
    this.drawing.showDraft(null, null);
    if (gesture !== null && "box" in gesture) this.drawing.drag(gesture.box, gesture.rect);
    this.drawCursor();
    return gesture !== null && gesture.kind !== "pan";
  }

  zoomBy(factor: number, at: Point = { x: this.stage.width / 2, y: this.stage.height / 2 }): void {
    this.look(zoomed(this.view, factor, at, this.size, this.stage, this.fit));
  }

  zoomIn(): void {
    this.zoomBy(ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoomBy(1 / ZOOM_STEP);
  }

  fitPicture(): void {
    this.look(this.fit);
  }

  /** Bring a box into sight. */
  reveal(rect: Rect): void {
    this.look(showing(this.view, rect, this.size, this.stage, MARGIN_PX));
  }

  /** The part of the picture that is seen. */
  seen(): Rect {
    const from = onPicture(this.view, { x: 0, y: 0 });
    const to = onPicture(this.view, { x: this.stage.width, y: this.stage.height });
    const left = Math.max(0, from.x);
    const top = Math.max(0, from.y);
    return { left, top, width: Math.min(this.size.width, to.x) - left, height: Math.min(this.size.height, to.y) - top };
  }

  get scale(): number {
    return this.view.scale;
  }

  setHand(isHand: boolean): void {
    this.isHand = isHand;
    this.drawCursor();
  }

  showDraft(rect: Rect | null): void {
    this.drawing.showDraft(rect, this.face);
  }

  private margin(): number {
    return Math.min(this.stage.width, this.stage.height) < 480 ? NARROW_MARGIN_PX : MARGIN_PX;
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.figure;
    if (clientWidth === 0 || clientHeight === 0) return;
    const wasFitted = this.view === this.fit;
    this.stage = { width: clientWidth, height: clientHeight };
    this.fit = fitted(this.size, this.stage, this.margin());
    this.look(wasFitted ? this.fit : panned(this.view, { x: 0, y: 0 }, this.size, this.stage));
  }

  private look(view: Viewport): void {
    this.view = view;
    const { style } = this.picture;
    style.width = `${this.size.width * view.scale}px`;
    style.height = `${this.size.height * view.scale}px`;
    style.transform = `translate(${view.x}px, ${view.y}px)`;
    this.picture.classList.toggle("pixels", view.scale >= PIXELS_SEEN_FROM);
    this.drawing.look(view);
  }

  private pointOf(event: MouseEvent): Point {
    const { left, top } = this.svg.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private down(event: PointerEvent): void {
    const at = this.pointOf(event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size > 1) return void this.cancel(); // a second finger: they zoom and move the picture
    if (event.button > 1) return;
    this.acts.onBegin();
    this.svg.setPointerCapture(event.pointerId);
    this.isDragged = false;
    this.pressedAt = at;
    event.preventDefault();
    this.gesture = this.begun(event, at);
    this.drawCursor();
  }

  private begun(event: PointerEvent, at: Point): Gesture {
    const from = onPicture(this.view, at);
    if (event.button === 1 || this.isHand || this.isSpaceHeld || !this.canEdit) return { kind: "pan" };
    const box = this.boxes.find(({ id, isSuggested }) => id === this.selected && !isSuggested);
    if (box === undefined || event.ctrlKey || event.metaKey) return { kind: "draw", from };
    const reach = event.pointerType === "mouse" ? HANDLE_REACH_PX : HANDLE_REACH_TOUCH_PX;
    const handle = handleAt(box.rect, from, reach / this.view.scale);
    if (handle !== null) return { kind: "resize", from, box: box.id, rect: box.rect, handle };
    const isInside = smallestAt([box], from, 0) !== null;
    return isInside ? { kind: "move", from, box: box.id, rect: box.rect } : { kind: "draw", from };
  }

  private move(event: PointerEvent): void {
    const at = this.pointOf(event);
    const before = this.pointers.get(event.pointerId);
    if (before !== undefined) this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 2 && before !== undefined) return this.pinch(event.pointerId, before, at);
    if (this.gesture === null) return this.rest(event, at);
    if (!this.isDragged && Math.hypot(at.x - this.pressedAt.x, at.y - this.pressedAt.y) < LEAST_DRAG_PX) return;
    this.isDragged = true;
    if (this.gesture.kind === "pan") {
      if (before !== undefined) this.look(panned(this.view, { x: at.x - before.x, y: at.y - before.y }, this.size, this.stage));
      return;
    }
    this.during = rectDuring(this.gesture, onPicture(this.view, at), this.size, this.view.scale);
    this.drawing.crosshair(this.gesture.kind === "draw" ? at : null);
    if (this.gesture.kind === "draw") this.drawing.showDraft(this.during, this.face);
    else if (this.during !== null) this.drawing.drag(this.gesture.box, this.during);
  }

  private rest(event: PointerEvent, at: Point): void {
    const isDrawing = this.canEdit && !this.isHand && !this.isSpaceHeld && event.pointerType === "mouse";
    this.drawing.crosshair(isDrawing ? at : null);
    const point = onPicture(this.view, at);
    const selected = this.boxes.find(({ id, isSuggested }) => id === this.selected && !isSuggested);
    const handle = selected === undefined ? null : handleAt(selected.rect, point, HANDLE_REACH_PX / this.view.scale);
    const isOver = selected !== undefined && smallestAt([selected], point, 0) !== null;
    this.svg.dataset.over = !isDrawing ? "" : (handle ?? (isOver ? "box" : ""));
    const hovered = smallestAt(this.boxes.filter(({ isSuggested }) => isSuggested), point, 0)?.id ?? "";
    if (hovered !== this.hovered) this.acts.onHover((this.hovered = hovered));
  }

  private leave(): void {
    this.drawing.crosshair(null);
    if (this.hovered !== "") this.acts.onHover((this.hovered = ""));
  }

  private up(event: PointerEvent): void {
    const { gesture, during } = this;
    const isAlone = this.pointers.size === 1;
    this.pointers.delete(event.pointerId);
    if (gesture === null || !isAlone) return;
    this.gesture = null;
    this.during = null;
    this.drawing.showDraft(null, null);
    this.drawCursor();
    if (gesture.kind === "pan" && this.isDragged) return;
    if (!this.isDragged) return this.click(onPicture(this.view, this.pointOf(event)));
    if (during === null || gesture.kind === "pan") return;
    if (gesture.kind !== "draw") return this.acts.onChanged(gesture.box, during);
    if (isBox(during, this.view.scale)) this.acts.onDrawn(during);
  }

  private lift(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.cancel();
  }

  private click(point: Point): void {
    const hit = smallestAt(this.boxes, point, CLICK_MARGIN_PX / this.view.scale);
    if (hit?.isSuggested === true && this.canEdit) return this.acts.onAccepted(hit.id);
    this.acts.onSelected(hit?.id ?? "");
    if (hit === null) this.svg.focus({ preventScroll: true });
    else this.drawing.element(hit.id)?.focus({ preventScroll: true });
  }

  private pinch(pointer: number, before: Point, at: Point): void {
    const other = [...this.pointers].find(([id]) => id !== pointer)?.[1];
    if (other === undefined) return;
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(at.x - other.x, at.y - other.y);
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const by = { x: (at.x - before.x) / 2, y: (at.y - before.y) / 2 };
    if (was > 0) this.zoomBy(is / was, middle);
    if (this.view !== this.fit) this.look(panned(this.view, by, this.size, this.stage));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_PIXELS_A_LINE : 1;
    // Two fingers on a touchpad come as a wheel with Ctrl, in small steps.
    const strength = event.ctrlKey ? 0.01 : 0.002;
    this.zoomBy(Math.exp(-event.deltaY * lines * strength), this.pointOf(event));
  }

  private drawCursor(): void {
    const isPanning = this.isHand || this.isSpaceHeld || !this.canEdit || this.gesture?.kind === "pan";
    this.svg.dataset.hand = !isPanning ? "" : this.gesture?.kind === "pan" ? "closed" : "open";
    if (isPanning) this.drawing.crosshair(null);
  }
}

/** A region as the canvas draws it. */
export function drawnBox(box: Rect & { id: string }, face: TagFace | null, picture: Size): DrawnBox {
  return { id: box.id, rect: inPixels(box, picture), face, more: "", isSuggested: false, isQuiet: false };
}

/** A suggestion as the canvas draws it; one without a tag is seen only when looked for. */
export function drawnSuggestion(box: Rect & { id: string }, face: TagFace | null, picture: Size, more: string): DrawnBox {
  return { ...drawnBox(box, face, picture), more, isSuggested: true, isQuiet: face === null };
}
