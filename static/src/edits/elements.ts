import type { TagFace } from "./both_sides.ts";

const SVG = "http://www.w3.org/2000/svg";

/** An element with a class and what is in it; text is never read as markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") {
    made.className = className;
  }
  made.append(...children);
  return made;
}

/** A button that does `run`. */
export function button(className: string, words: string, run: () => void): HTMLButtonElement {
  const made = element("button", className, words);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

/** An icon of strokes on a 20 by 20 grid, silent to a screen reader. */
export function icon(strokes: string): SVGSVGElement {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "i");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", strokes);
  drawing.append(path);
  return drawing;
}

/** A tag as everywhere: keycap in its color, then its name. */
export function tagLabel(tag: TagFace): HTMLElement {
  const key = element("span", "key", tag.key);
  key.setAttribute("aria-hidden", "true");
  if (tag.type === "Negative") {
    key.classList.add("none");
  } else {
    key.dataset.tag = String(tag.color);
  }
  return element("span", "row", key, tag.name);
}
