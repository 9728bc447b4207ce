/** Boxes by keyboard alone: placed, moved and resized by the arrows, kept when the key is let go. */

import type { Canvas } from "./canvas.ts";
import { grown, moved, type Point, type Rect, type Size } from "./geometry.ts";
import { onePixel } from "./gestures.ts";

const LARGE_STEP = 10;
const PLACED_SHARE = 0.2;

const DIRECTIONS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export const ARROWS = Object.keys(DIRECTIONS);

export class ByKey {
  private readonly canvas: Canvas;
  private readonly onMoved: (id: string, rect: Rect) => void;
  private placed: Rect | null = null;
  private nudged: { id: string; rect: Rect } | null = null;

  constructor(canvas: Canvas, onMoved: (id: string, rect: Rect) => void) {
    this.canvas = canvas;
    this.onMoved = onMoved;
  }

  get isPlacing(): boolean {
    return this.placed !== null;
  }

  /** A box in the middle of what is seen, to be put where it belongs. */
  place(): void {
    const { left, top, width, height } = this.canvas.seen();
    const share = (1 - PLACED_SHARE) / 2;
    const at = { left: left + width * share, top: top + height * share };
    this.placed = { ...at, width: width * PLACED_SHARE, height: height * PLACED_SHARE };
    this.canvas.showDraft(this.placed);
  }

  /** The box that was being placed, which ends that; null where none was. */
  take(): Rect | null {
    const { placed } = this;
    this.placed = null;
    if (placed !== null) this.canvas.showDraft(null);
    return placed;
  }

  /** An arrow: alone it moves, with Alt it resizes, with Shift by ten steps. `box` is the selected one. */
  arrow(event: KeyboardEvent, box: { id: string; rect: Rect } | null, picture: Size): void {
    const direction = DIRECTIONS[event.key];
    if (direction === undefined) return;
    const step = onePixel(this.canvas.scale) * (event.shiftKey ? LARGE_STEP : 1);
    const by = { x: direction.x * step, y: direction.y * step };
    const changed = (rect: Rect): Rect =>
      event.altKey ? grown(rect, by, picture, onePixel(this.canvas.scale)) : moved(rect, by, picture);
    if (this.placed !== null) {
      this.placed = changed(this.placed);
      this.canvas.showDraft(this.placed);
    } else if (box !== null) {
      if (this.nudged?.id !== box.id) this.finish();
      this.nudged = { id: box.id, rect: changed(this.nudged?.rect ?? box.rect) };
      this.canvas.drawing.drag(box.id, this.nudged.rect);
      this.canvas.reveal(this.nudged.rect);
    }
  }

  /** Where a box is while its arrow is held. */
  rectOf(id: string): Rect | null {
    return this.nudged?.id === id ? this.nudged.rect : null;
  }

  /** The arrow is let go, or something else begins: the box is where it is. */
  finish(): void {
    const { nudged } = this;
    this.nudged = null;
    if (nudged !== null) this.onMoved(nudged.id, nudged.rect);
  }

  cancel(): void {
    this.take();
    this.nudged = null;
  }
}
