/** What a drag on the picture does to a rectangle, from where it began. */

import { between, type Handle, moved, type Point, type Rect, resized, type Size } from "./geometry.ts";

/** Screen pixels; a shorter drag is a click, and a narrower box an accident. */
export const LEAST_DRAG_PX = 4;

export type Gesture =
  | { kind: "draw"; from: Point }
  | { kind: "move"; from: Point; box: string; rect: Rect }
  | { kind: "resize"; from: Point; box: string; rect: Rect; handle: Handle }
  | { kind: "pan" };

/** The rectangle while the pointer is at `to` (all in the picture's pixels); null where the gesture makes none. */
export function rectDuring(gesture: Gesture, to: Point, picture: Size, scale: number): Rect | null {
  switch (gesture.kind) {
    case "draw":
      return between(gesture.from, to, picture);
    case "move":
      return moved(gesture.rect, by(gesture.from, to), picture);
    case "resize":
      return resized(gesture.rect, gesture.handle, by(gesture.from, to), picture, onePixel(scale));
    case "pan":
      return null;
  }
}

/** A pixel of the picture, or of the screen where that is larger: the shortest side of a box, and one nudge. */
export function onePixel(scale: number): number {
  return Math.max(1, 1 / scale);
}

/** Whether the drawn rectangle is a box, and no slip of the hand. */
export function isBox({ width, height }: Size, scale: number): boolean {
  return width * scale >= LEAST_DRAG_PX && height * scale >= LEAST_DRAG_PX;
}

function by(from: Point, to: Point): Point {
  return { x: to.x - from.x, y: to.y - from.y };
}
