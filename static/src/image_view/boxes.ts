/** The boxes of an image, drawn over its picture; they are only looked at here. */

import type { PageTag } from "../gallery/types.ts";
import type { BoxOnImage } from "./types.ts";

const SVG = "http://www.w3.org/2000/svg";

/** Fill the drawing, whose coordinates are the image's pixels. */
export function drawBoxes(
  drawing: SVGSVGElement,
  { width, height }: { width: number; height: number },
  boxes: BoxOnImage[],
  tags: readonly PageTag[],
): void {
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.replaceChildren(
    ...boxes.map((box) => {
      const tag = tags.find(({ id }) => id === box.tag);
      const group = shape("g", { "data-tag": String(tag?.color ?? 1), role: "img", "aria-label": box.name });
      const place = {
        x: String(box.left * width),
        y: String(box.top * height),
        width: String(box.width * width),
        height: String(box.height * height),
      };
      const title = shape("title", {});
      title.textContent = box.name;
      group.append(title, shape("rect", { class: "case", ...place }), shape("rect", { class: "box", ...place }));
      return group;
    }),
  );
}

function shape(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
