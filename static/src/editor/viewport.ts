/** Which part of the picture is seen, and how large: between screen pixels and the picture's. */

import { clamped, type Point, type Rect, type Size } from "./geometry.ts";

export const MOST_ZOOM = 32;
export const ZOOM_STEP = 1.25;
/** How much of the picture stays in sight, in screen pixels. */
const STAYS_PX = 48;

/** `scale` is screen pixels for a pixel of the picture; `x`, `y` is where its top left corner lies on the stage. */
export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

/** The whole picture, in the middle of the stage, as large as it has room. */
export function fitted(picture: Size, stage: Size, margin: number): Viewport {
  const room = { width: Math.max(1, stage.width - 2 * margin), height: Math.max(1, stage.height - 2 * margin) };
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  return { scale, x: (stage.width - picture.width * scale) / 2, y: (stage.height - picture.height * scale) / 2 };
}

/** Larger or smaller by `factor`, with what is under `at` (on the stage) staying there; never smaller than fitted. */
export function zoomed(view: Viewport, factor: number, at: Point, picture: Size, stage: Size, fit: Viewport): Viewport {
  const scale = clamped(view.scale * factor, fit.scale, Math.max(MOST_ZOOM, fit.scale));
  if (scale <= fit.scale) return fit;
  const ratio = scale / view.scale;
  return kept({ scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }, picture, stage);
}

export function panned(view: Viewport, by: Point, picture: Size, stage: Size): Viewport {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, picture, stage);
}

/** A picture that was pushed out of sight would be hard to find again. */
function kept(view: Viewport, picture: Size, stage: Size): Viewport {
  return {
    ...view,
    x: clamped(view.x, STAYS_PX - picture.width * view.scale, stage.width - STAYS_PX),
    y: clamped(view.y, STAYS_PX - picture.height * view.scale, stage.height - STAYS_PX),
  };
}

/** Moved as little as shows the whole rectangle, where it has room. */
export function showing(view: Viewport, rect: Rect, picture: Size, stage: Size, margin: number): Viewport {
  const seen = onStage(view, rect);
  const x = shift(seen.left, seen.width, stage.width, margin);
  const y = shift(seen.top, seen.height, stage.height, margin);
  return x === 0 && y === 0 ? view : panned(view, { x, y }, picture, stage);
}

function shift(start: number, length: number, whole: number, margin: number): number {
  if (length + 2 * margin > whole) return start > whole - margin || start + length < margin ? whole / 2 - start - length / 2 : 0;
  if (start < margin) return margin - start;
  return Math.min(0, whole - margin - start - length);
}

export function onPicture(view: Viewport, { x, y }: Point): Point {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

export function onStage(view: Viewport, rect: Rect): Rect {
  return {
    left: rect.left * view.scale + view.x,
    top: rect.top * view.scale + view.y,
    width: rect.width * view.scale,
    height: rect.height * view.scale,
  };
}
