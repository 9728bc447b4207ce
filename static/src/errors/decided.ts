/** What became of mistakes: of one, and of how many likely label errors, with those of this page. */

import { keycap } from "../gallery/tile_face.ts";
import type { GalleryItem, PageTag } from "../gallery/types.ts";

/** What the image's labels are now. */
export function nowWords(item: GalleryItem, tags: PageTag[], isDetection: boolean): (HTMLElement | string)[] {
  if (isDetection) return [`changed, now ${item.boxes.length} box${item.boxes.length === 1 ? "" : "es"} here`];
  const own = tags.filter(({ id }) => item.tags.includes(id));
  return own.length === 0 ? ["now untagged"] : [...own.map(keycap), `now ${own.map(({ name }) => name).join(", ")}`];
}

export function drawDecided(root: HTMLElement): void {
  const place = root.querySelector<HTMLElement>('[data-part="decided"]');
  if (!place) return;
  const here = root.querySelectorAll(".error-tile.done").length;
  const number = (count: number): string => count.toLocaleString("en-US");
  place.textContent = `${number(Number(place.dataset.done) + here)} of ${number(Number(place.dataset.total))} decided.`;
}
