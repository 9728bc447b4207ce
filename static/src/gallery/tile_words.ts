/** What a tile says of its image: to the eye below the picture, to the ear as its description. */

import type { GalleryItem, PageTag } from "./types.ts";

type Labels = Pick<GalleryItem, "boxes" | "hasNoObjects">;

/** Below the picture: how many boxes, or the one tag, and the file's name. */
export function tileWords(name: string, item: Labels, tags: readonly PageTag[]): string {
  if (item.boxes.length > 0) return `${boxWords(item.boxes.length)}, ${name}`;
  if (item.hasNoObjects) return `No objects, ${name}`;
  return tags.length === 1 && tags[0] ? `${tags[0].name}, ${name}` : name;
}

/** The picture's description: "a.jpg: 2 can, 1 bottle". */
export function pictureWords(name: string, item: Labels, tags: readonly PageTag[]): string {
  if (item.hasNoObjects) return `${name}: no objects`;
  if (tags.length === 0) return `${name}: untagged`;
  if (item.boxes.length === 0) return `${name}: ${tags.map((tag) => tag.name).join(", ")}`;
  const counted = tags.map((tag) => [tag.name, item.boxes.filter((box) => box.tag === tag.id).length] as const);
  return `${name}: ${counted.map(([tag, count]) => (count === 0 ? `${tag} without a box` : `${count} ${tag}`)).join(", ")}`;
}

/** In the red frame: "missed", or of a detector "missed 1, 2 false". */
export function wrongWords(item: Pick<GalleryItem, "wrong" | "wrongBoxes">): string {
  if (item.wrongBoxes === undefined) return item.wrong;
  const { missed, false: wrong } = item.wrongBoxes;
  return [missed > 0 ? `missed ${missed}` : "", wrong > 0 ? `${wrong} false` : ""].filter((words) => words !== "").join(", ");
}

function boxWords(count: number): string {
  return count === 1 ? "1 box" : `${count} boxes`;
}
