/** What the editor says of boxes. */

import type { Rect, Size } from "./geometry.ts";

export function boxCount(count: number): string {
  return count === 0 ? "no boxes" : count === 1 ? "1 box" : `${count} boxes`;
}

/** "160 x 350", in the picture's pixels. */
export function pixelSize({ width, height }: Size, picture: Size): string {
  return `${Math.max(1, Math.round(width * picture.width))} x ${Math.max(1, Math.round(height * picture.height))}`;
}

/** "left 17%, top 20%, 30% wide, 40% high". */
export function placeWords({ left, top, width, height }: Rect): string {
  const percent = (part: number): string => `${Math.round(part * 100)}%`;
  return `left ${percent(left)}, top ${percent(top)}, ${percent(width)} wide, ${percent(height)} high`;
}
