/** Boxes as SVG paths in the image's pixels: few, however many boxes there are, for tiles come and go while one scrolls. */

import type { GalleryItem, PageTag } from "./types.ts";

export interface ColorPath {
  color: number;
  path: string;
}

/** Tags whose boxes have a white casing, as in tokens.css; the others' is black. */
const WHITE_CASED = new Set([10, 11, 13, 14, 15, 19]);

/** The casings below all boxes: one path for the black ones, one for the white. `color` is that of a tag so cased. */
export function casings(paths: readonly ColorPath[]): ColorPath[] {
  return [false, true].flatMap((isWhite) => {
    const own = paths.filter(({ color }) => WHITE_CASED.has(color) === isWhite);
    return own[0] === undefined ? [] : [{ color: own[0].color, path: own.map(({ path }) => path).join("") }];
  });
}

/** One path a color, in the order of the tags; a box whose tag is gone is left out. */
export function boxesByColor(item: Pick<GalleryItem, "boxes" | "width" | "height">, tags: readonly PageTag[]): ColorPath[] {
  const colorOf = new Map(tags.map(({ id, color }) => [id, color]));
  const paths = new Map<number, string>();
  for (const tag of tags) paths.set(tag.color, "");
  for (const box of item.boxes) {
    const color = colorOf.get(box.tag);
    if (color !== undefined) paths.set(color, (paths.get(color) ?? "") + rectangle(box, item.width, item.height));
  }
  return [...paths].filter(([, path]) => path !== "").map(([color, path]) => ({ color, path }));
}

function rectangle(box: { left: number; top: number; width: number; height: number }, width: number, height: number): string {
  const [left, right] = [tenth(box.left * width), tenth((box.left + box.width) * width)];
  const [top, bottom] = [tenth(box.top * height), tenth((box.top + box.height) * height)];
  return `M${left} ${top}H${right}V${bottom}H${left}Z`;
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
