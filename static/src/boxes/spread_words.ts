/** Words at boxes that lie close together: each where it covers no other, or left out until its box is pointed at. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Word {
  box: Rect;
  size: Size;
}

/** Top left corners in screen pixels, the first words first served; null where there is no room. */
export function spreadWords(words: readonly Word[], room: Size): ({ x: number; y: number } | null)[] {
  const taken: Rect[] = [];
  return words.map((word) => {
    const free = places(word).map((place) => within(place, word.size, room)).find((place) => !taken.some((other) => meet(place, other)));
    if (free) taken.push(free);
    return free ? { x: free.x, y: free.y } : null;
  });
}

/** Over the box, within it, under it; at its left, then at its right. */
function places({ box, size }: Word): { x: number; y: number }[] {
  const right = box.x + box.width - size.width;
  const bottom = box.y + box.height;
  const rows = [box.y - size.height, box.y, bottom - size.height, bottom];
  return rows.flatMap((y) => [{ x: box.x, y }, { x: right, y }]);
}

function within(place: { x: number; y: number }, size: Size, room: Size): Rect {
  const x = Math.max(0, Math.min(place.x, room.width - size.width));
  const y = Math.max(0, Math.min(place.y, room.height - size.height));
  return { x, y, ...size };
}

function meet(one: Rect, other: Rect): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

/**
 * Keep the words of a drawing apart, whatever its size. Words are `[data-word]`, each about the `[data-box]` of that name;
 * those that are `.below` the threshold take no room. Returns what places them anew.
 */
export function keepWordsApart(drawing: SVGSVGElement): () => void {
  const spread = (): void => {
    const room = { width: drawing.clientWidth, height: drawing.clientHeight };
    if (room.width === 0) return;
    const holders = [...drawing.querySelectorAll<SVGGElement>("[data-word]:not(.below)")];
    // What is not shown has no size to be measured.
    for (const holder of holders) holder.classList.remove("crowded");
    const words = holders.map((holder) => ({ box: boxOf(drawing, holder, room), size: sizeOf(holder) }));
    const found = spreadWords(words, room);
    for (const [index, holder] of holders.entries()) {
      const place = found[index];
      const { box, size } = words[index]!;
      const { x, y } = place ?? within({ x: box.x, y: box.y - size.height }, size, room);
      const frame = holder.querySelector("foreignObject")!;
      for (const [name, value] of Object.entries({ x, y, width: size.width, height: size.height })) frame.setAttribute(name, String(value));
      frame.classList.add("placed");
      holder.classList.toggle("crowded", !place);
    }
  };
  new ResizeObserver(spread).observe(drawing);
  spread();
  return spread;
}

function boxOf(drawing: SVGSVGElement, holder: SVGGElement, room: Size): Rect {
  const rect = drawing.querySelector(`[data-box="${CSS.escape(holder.dataset.word ?? "")}"] > rect`);
  const share = (name: string): number => Number.parseFloat(rect?.getAttribute(name) ?? "0") / 100;
  return {
    x: share("x") * room.width,
    y: share("y") * room.height,
    width: share("width") * room.width,
    height: share("height") * room.height,
  };
}

/** With a pixel of rounding, so that its last letter is not cut off. */
function sizeOf(holder: SVGGElement): Size {
  const word = holder.querySelector("span")!;
  return { width: word.offsetWidth + 1, height: word.offsetHeight };
}
