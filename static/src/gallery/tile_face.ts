/** How a tile looks: picture with its boxes, keys and name of its tags, the tick, the red frame. */

import { element, icon } from "../edits/elements.ts";
import { boxesByColor, casings, type ColorPath } from "./box_paths.ts";
import { pictureWords, tileWords, wrongWords } from "./tile_words.ts";
import type { GalleryItem, PageTag } from "./types.ts";

/** How a page draws on its tiles. */
export interface TileFace {
  /** Write on the tile what the image is now; `own` are its tags, `all` the project's. */
  fill(tile: HTMLLIElement, item: GalleryItem, tags: { own: PageTag[]; all: PageTag[] }, canSelect: boolean): void;
  mark(tile: HTMLLIElement, isSelected: boolean): void;
}

// As in portal/templatetags/look.py.
const LOCK = "M5 9h10v8H5zM7 9V6.500a3 3 0 016 0V9";
const SVG = "http://www.w3.org/2000/svg";

/** A tile without an image, to be copied. */
export function blankTile(): HTMLLIElement {
  const image = element("img", "");
  image.decoding = "async";
  image.width = 256;
  image.height = 192;
  const link = element("a", "", element("span", "pic", image), element("span", "cap"), element("span", "sr"));
  link.tabIndex = -1;
  const pick = element("input", "pick");
  pick.type = "checkbox";
  pick.tabIndex = -1;
  return element("li", "tile", link, pick);
}

/** Write on the tile what the image is now; `tags` are its own. */
export function fillTile(tile: HTMLLIElement, item: GalleryItem, tags: PageTag[], canSelect: boolean): void {
  const name = item.name === "" ? "Image" : item.name;
  const image = tile.querySelector("img");
  if (image) image.alt = pictureWords(name, item, tags);
  const keys = item.hasNoObjects ? [noObjectsKey()] : tags.map(keycap);
  tile.querySelector(".cap")?.replaceChildren(...keys, element("span", "", tileWords(name, item, tags)));
  drawBoxes(tile, item, tags);
  const pick = tile.querySelector<HTMLInputElement>(".pick");
  if (pick) {
    pick.hidden = !canSelect;
    pick.setAttribute("aria-label", `Select ${name}`);
  }
  tile.querySelector(".lock")?.remove();
  if (item.isInTestSet) tile.querySelector(".pic")?.append(lockMark());
  tile.classList.toggle("wrong", item.wrong !== "");
  tile.querySelector(".wrong-word")?.remove();
  if (item.wrong !== "") tile.querySelector(".pic")?.append(element("span", "badge bad wrong-word", wrongWords(item)));
}

export const GALLERY_FACE: TileFace = {
  fill: (tile, item, { own }, canSelect) => fillTile(tile, item, own, canSelect),
  mark: markTile,
};

/** The boxes over the picture, fitted and cut as the picture is; those that are suggested are dotted. */
export function drawBoxes(tile: HTMLLIElement, item: GalleryItem, tags: PageTag[], areSuggested = false): void {
  const had = tile.querySelector(".over");
  if (item.boxes.length === 0) {
    had?.remove();
    return;
  }
  const over = had ?? document.createElementNS(SVG, "svg");
  over.setAttribute("class", "over");
  over.setAttribute("viewBox", `0 0 ${item.width} ${item.height}`);
  over.setAttribute("preserveAspectRatio", "xMidYMid slice");
  over.setAttribute("aria-hidden", "true");
  const paths = boxesByColor(item, tags);
  over.replaceChildren(...casings(paths).map((each) => line("case", each)), ...paths.map((each) => line(areSuggested ? "box maybe" : "box", each)));
  if (had === null) tile.querySelector("img")?.after(over);
}

export function line(look: "case" | "box" | "box maybe", { color, path }: ColorPath): SVGElement {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("class", look);
  made.setAttribute("d", path);
  made.dataset.tag = String(color);
  return made;
}

/** Selected to the eye by the tick, to the ear by a word of the focused link. */
export function markTile(tile: HTMLLIElement, isSelected: boolean): void {
  const pick = tile.querySelector<HTMLInputElement>(".pick");
  if (pick) pick.checked = isSelected;
  tile.classList.toggle("selected", isSelected);
  const said = tile.querySelector("a > .sr");
  if (said) said.textContent = isSelected ? "selected" : "";
}

export function keycap(tag: Pick<PageTag, "type" | "key" | "color">): HTMLElement {
  const key = element("span", tag.type === "Negative" ? "key none" : "key", tag.key);
  if (tag.type !== "Negative") key.dataset.tag = String(tag.color);
  key.setAttribute("aria-hidden", "true");
  return key;
}

/** A small lock on the picture of an image that is kept for testing. */
function lockMark(): HTMLElement {
  const mark = element("span", "badge lock", icon(LOCK), element("span", "sr", "in the locked test set"));
  mark.title = "In the locked test set";
  return mark;
}

export function noObjectsKey(): HTMLElement {
  const key = element("span", "key none", "N");
  key.setAttribute("aria-hidden", "true");
  return key;
}
