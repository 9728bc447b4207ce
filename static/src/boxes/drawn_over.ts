/** Boxes over a picture, to be looked at: in the colors of their tags, sharp at any size. */

import type { TagFace } from "../edits/both_sides.ts";
import type { Box } from "../edits/types.ts";

const SVG = "http://www.w3.org/2000/svg";
/** Stretched over the whole picture, so that its unit does not matter. */
const WHOLE = 1000;

/** An SVG element with its attributes. */
export function shape<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number> = {},
  ...children: Node[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  made.append(...children);
  return made;
}

/** A drawing to lay over an element that the picture fills. Those in `lit` stand out. */
export function boxesOver(boxes: readonly Box[], faces: ReadonlyMap<string, TagFace>, lit: ReadonlySet<string>): SVGSVGElement {
  const groups = boxes.map((box) => {
    const face = faces.get(box.tag);
    const place = {
      x: box.left * WHOLE,
      y: box.top * WHOLE,
      width: box.width * WHOLE,
      height: box.height * WHOLE,
    };
    const casing = shape("rect", { class: lit.has(box.id) ? "case lit" : "case", ...place });
    return shape("g", { "data-tag": face?.color ?? 1 }, casing, shape("rect", { class: "box", ...place }));
  });
  const view = { viewBox: `0 0 ${WHOLE} ${WHOLE}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "boxes-over" };
  return shape("svg", view, ...groups);
}
