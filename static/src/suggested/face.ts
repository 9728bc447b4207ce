/** How tiles look here: what the iteration suggests below the picture, and its boxes dotted over it. */

import { element, icon } from "../edits/elements.ts";
import type { Box } from "../edits/types.ts";
import { drawBoxes, GALLERY_FACE, keycap, markTile, type TileFace } from "../gallery/tile_face.ts";
import type { GalleryItem, PageTag } from "../gallery/types.ts";
import { suggestedWords, type TagPercent } from "./words.ts";

const CHECK = "M4 10.5l4 4 8-9";
const LARGE = "M9 15A6 6 0 109 3a6 6 0 000 12zM13.500 13.500L17 17M9 6.500v5M6.500 9h5";

/** Tiles to be ticked: each link is a checkbox, and a button opens its picture large. */
export function confirmFace(chosenOf: (item: GalleryItem) => TagPercent[], isDone: (item: GalleryItem) => boolean): TileFace {
  return {
    fill(tile, item, { own }, canSelect): void {
      const name = item.name === "" ? "Image" : item.name;
      const isOver = isDone(item);
      const tags = isOver ? own.map((tag) => ({ tag, probability: null })) : chosenOf(item);
      const link = tile.querySelector("a");
      link?.setAttribute("role", "checkbox");
      link?.setAttribute("aria-label", `${suggestedWords(tags)}, ${name}`);
      link?.setAttribute("aria-disabled", String(isOver));
      caption(tile, tags, isOver ? "done" : "");
      const picture = tile.querySelector("img");
      if (picture) picture.alt = "";
      tile.classList.toggle("done", isOver);
      const pick = tile.querySelector<HTMLInputElement>(".pick");
      if (pick) {
        pick.hidden = isOver || !canSelect;
        pick.setAttribute("aria-hidden", "true");
      }
      if (tile.querySelector(".look-large") === null) tile.append(largeButton());
      tile.querySelector(".look-large")?.setAttribute("aria-label", `Look at ${name} large`);
    },
    mark(tile, isSelected): void {
      markTile(tile, isSelected);
      tile.querySelector("a > .sr")?.replaceChildren();
      tile.querySelector("a")?.setAttribute("aria-checked", String(isSelected));
    },
  };
}

function largeButton(): HTMLButtonElement {
  const button = element("button", "btn icon look-large", icon(LARGE));
  button.type = "button";
  button.tabIndex = -1;
  button.title = "Look at it large (O)";
  return button;
}

/** Tiles to be opened; boxes are drawn while one tag is looked at. */
export function openFace(wanted: () => string): TileFace {
  return {
    fill(tile, item, tags, canSelect): void {
      GALLERY_FACE.fill(tile, item, tags, canSelect);
      if (showDone(tile, item)) return;
      const faces = new Map(tags.all.map((tag) => [tag.id, tag]));
      const said = counted(item, faces);
      caption(tile, said, "");
      const picture = tile.querySelector("img");
      if (picture) picture.alt = `${item.name === "" ? "Image" : item.name}: ${suggestedWords(said)}, suggested`;
      const boxes = (item.suggested ?? []).filter(({ tag, left }) => tag === wanted() && left !== undefined);
      drawBoxes(tile, { ...item, boxes: boxes.map((box): Box => ({ id: "", left: 0, top: 0, width: 0, height: 0, ...box })) }, tags.all, true);
    },
    mark: markTile,
  };
}

/** Tiles without a word, so that nobody is led; those that are labeled by now say so. */
export const WORDLESS_FACE: TileFace = {
  fill(tile, item, tags, canSelect): void {
    GALLERY_FACE.fill(tile, item, tags, canSelect);
    if (!showDone(tile, item)) tile.querySelector(".cap")?.replaceChildren();
  },
  mark: markTile,
};

/** Say on the picture whether somebody has labeled it by now. */
function showDone(tile: HTMLElement, item: GalleryItem): boolean {
  const isDone = item.tags.length > 0 || item.hasNoObjects;
  tile.classList.toggle("done", isDone);
  tile.querySelector(".done-word")?.remove();
  if (isDone) tile.querySelector(".pic")?.append(element("span", "badge ok done-word", icon(CHECK), "done"));
  return isDone;
}

/** Boxes by tag, "2 can"; of a classifier each tag with its probability. */
function counted(item: GalleryItem, faces: ReadonlyMap<string, PageTag>): TagPercent[] {
  const byTag = new Map<string, TagPercent>();
  for (const { tag, probability, left } of item.suggested ?? []) {
    const face = faces.get(tag);
    if (face === undefined) continue;
    const known = byTag.get(tag) ?? { tag: face, probability: left === undefined ? probability : null, count: 0 };
    byTag.set(tag, left === undefined ? known : { ...known, count: (known.count ?? 0) + 1 });
  }
  return [...byTag.values()];
}

function caption(tile: HTMLElement, tags: readonly TagPercent[], more: string): void {
  const words = [suggestedWords(tags), more].filter((part) => part !== "").join(", ");
  tile.querySelector(".cap")?.replaceChildren(...tags.map(({ tag }) => keycap(tag)), element("span", "", words));
}
