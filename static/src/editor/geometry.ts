/** Rectangles on a picture, in its pixels: drawn, moved, resized, kept inside. */

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  left: number;
  top: number;
}

/** The eight handles: which edges move with each. -1 the left or top one, 1 the right or bottom one, 0 neither. */
export const HANDLES = {
  nw: [-1, -1],
  n: [0, -1],
  ne: [1, -1],
  e: [1, 0],
  se: [1, 1],
  s: [0, 1],
  sw: [-1, 1],
  w: [-1, 0],
} as const satisfies Record<string, readonly [number, number]>;

export type Handle = keyof typeof HANDLES;

export function clamped(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

/** The rectangle between two points, cut at the picture's edges. */
export function between(from: Point, to: Point, picture: Size): Rect {
  const [left, right] = ordered(clamped(from.x, 0, picture.width), clamped(to.x, 0, picture.width));
  const [top, bottom] = ordered(clamped(from.y, 0, picture.height), clamped(to.y, 0, picture.height));
  return { left, top, width: right - left, height: bottom - top };
}

function ordered(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** The rectangle moved; at an edge of the picture it stops, whole. */
export function moved(rect: Rect, { x, y }: Point, picture: Size): Rect {
  return {
    ...rect,
    left: clamped(rect.left + x, 0, picture.width - rect.width),
    top: clamped(rect.top + y, 0, picture.height - rect.height),
  };
}

/** The rectangle with one handle moved; drawn past the opposite edge it turns over. `least` is its shortest side. */
export function resized(rect: Rect, handle: Handle, { x, y }: Point, picture: Size, least: number): Rect {
  const [across, down] = HANDLES[handle];
  const [left, width] = sides(rect.left, rect.width, across, x, picture.width, least);
  const [top, height] = sides(rect.top, rect.height, down, y, picture.height, least);
  return { left, top, width, height };
}

function sides(start: number, length: number, edge: number, by: number, most: number, least: number): [number, number] {
  if (edge === 0) return [start, length];
  const fixed = edge < 0 ? start + length : start;
  const free = clamped((edge < 0 ? start : start + length) + by, 0, most);
  const [from, to] = ordered(fixed, free);
  if (to - from >= least) return [from, to - from];
  const shortest = Math.min(least, most);
  const isBefore = free < fixed || (free === fixed && edge < 0);
  return [clamped(isBefore ? fixed - shortest : fixed, 0, most - shortest), shortest];
}

/** Longer or shorter at its right and bottom edges: resizing by key. */
export function grown(rect: Rect, { x, y }: Point, picture: Size, least: number): Rect {
  return {
    ...rect,
    width: clamped(rect.width + x, Math.min(least, picture.width - rect.left), picture.width - rect.left),
    height: clamped(rect.height + y, Math.min(least, picture.height - rect.top), picture.height - rect.top),
  };
}

export function holds(rect: Rect, { x, y }: Point, margin = 0): boolean {
  return (
    x >= rect.left - margin &&
    x <= rect.left + rect.width + margin &&
    y >= rect.top - margin &&
    y <= rect.top + rect.height + margin
  );
}

/** Of the rectangles under a point the smallest, so that one inside another can be reached. */
export function smallestAt<Each extends { rect: Rect }>(all: readonly Each[], point: Point, margin: number): Each | null {
  let found: Each | null = null;
  for (const each of all) {
    if (!holds(each.rect, point, margin)) continue;
    if (found === null || area(each.rect) < area(found.rect)) found = each;
  }
  return found;
}

export function area({ width, height }: Size): number {
  return width * height;
}

/** Where a handle is. */
export function handlePoint(rect: Rect, handle: Handle): Point {
  const [across, down] = HANDLES[handle];
  return { x: rect.left + (rect.width * (across + 1)) / 2, y: rect.top + (rect.height * (down + 1)) / 2 };
}

/** The handle within reach of a point; corners before edges, since on a small box they lie together. */
export function handleAt(rect: Rect, point: Point, reach: number): Handle | null {
  let found: Handle | null = null;
  let nearest = reach;
  for (const handle of ["nw", "ne", "se", "sw", "n", "e", "s", "w"] as const) {
    const { x, y } = handlePoint(rect, handle);
    const distance = Math.max(Math.abs(point.x - x), Math.abs(point.y - y));
    if (distance < nearest) [found, nearest] = [handle, distance];
  }
  return found;
}

/** Intersection over union. */
export function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

/** Pixels of the picture for fractions of it. */
export function inPixels(box: Rect, picture: Size): Rect {
  return {
    left: box.left * picture.width,
    top: box.top * picture.height,
    width: box.width * picture.width,
    height: box.height * picture.height,
  };
}

/** Fractions of the picture, never past 1 by a rounding. */
export function inFractions(rect: Rect, picture: Size): Rect {
  const [left, width] = fraction(rect.left, rect.width, picture.width);
  const [top, height] = fraction(rect.top, rect.height, picture.height);
  return { left, top, width, height };
}

function fraction(start: number, length: number, whole: number): [number, number] {
  const from = clamped(start / whole, 0, 1);
  return [from, Math.min(length / whole, 1 - from)];
}
