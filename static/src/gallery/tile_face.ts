/** How a tile looks: picture, keys and name of its tags, the tick, the red frame. */

import { element } from "../edits/elements.ts";
import type { GalleryItem, PageTag } from "./types.ts";

const WRONG_WORDS = { missed: "missed", false: "false" };

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
  if (image) image.alt = `${name}: ${tags.length === 0 ? "untagged" : tags.map((tag) => tag.name).join(", ")}`;
  const words = tags.length === 1 && tags[0] ? `${tags[0].name}, ${name}` : name;
  tile.querySelector(".cap")?.replaceChildren(...tags.map(keycap), element("span", "", words));
  const pick = tile.querySelector<HTMLInputElement>(".pick");
  if (pick) {
    pick.hidden = !canSelect;
    pick.setAttribute("aria-label", `Select ${name}`);
  }
  tile.classList.toggle("wrong", item.wrong !== "");
  tile.querySelector(".wrong-word")?.remove();
  if (item.wrong !== "") tile.querySelector(".pic")?.append(element("span", "badge bad wrong-word", WRONG_WORDS[item.wrong]));
}

/** Selected to the eye by the tick, to the ear by a word of the focused link. */
export function markTile(tile: HTMLLIElement, isSelected: boolean): void {
  const pick = tile.querySelector<HTMLInputElement>(".pick");
  if (pick) pick.checked = isSelected;
  tile.classList.toggle("selected", isSelected);
  const said = tile.querySelector("a > .sr");
  if (said) said.textContent = isSelected ? "selected" : "";
}

function keycap(tag: PageTag): HTMLElement {
  const key = element("span", tag.type === "Negative" ? "key none" : "key", tag.key);
  if (tag.type !== "Negative") key.dataset.tag = String(tag.color);
  key.setAttribute("aria-hidden", "true");
  return key;
}
