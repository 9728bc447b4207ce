/** A box that lies within a larger one must be reached by the pointer: the smaller, the later drawn. */

/** Put the drawing's boxes in that order, below its words. */
export function smallOnTop(drawing: Element): void {
  const boxes = [...drawing.querySelectorAll<SVGElement>(":scope > [data-box]")];
  const areas = new Map(boxes.map((box) => [box, areaOf(box.querySelector("rect"))]));
  drawing.prepend(...boxes.sort((one, other) => (areas.get(other) ?? 0) - (areas.get(one) ?? 0)));
}

function areaOf(rect: Element | null): number {
  const side = (name: string): number => Number.parseFloat(rect?.getAttribute(name) ?? "0");
  return side("width") * side("height");
}
