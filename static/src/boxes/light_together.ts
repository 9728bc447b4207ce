/** Boxes over a picture and rows beside it that stand for the same things: pointing at one lights both. */

/** Pair `[data-box]` of the drawing with `[data-box]` of the rows; a click on a box goes to its row. */
export function lightTogether(picture: Element, rows: Element): void {
  const of = (holder: Element, box: string): Element | null => holder.querySelector(`[data-box="${CSS.escape(box)}"]`);
  const light = (box: string, isLit: boolean): void => {
    for (const holder of [picture, rows]) of(holder, box)?.classList.toggle("lit", isLit);
    of(picture, box)?.querySelector(".case")?.classList.toggle("lit", isLit);
    picture.querySelector(`[data-word="${CSS.escape(box)}"]`)?.classList.toggle("lit", isLit);
  };
  const boxAt = (event: Event): string | undefined => (event.target as Element).closest<HTMLElement | SVGElement>("[data-box]")?.dataset.box;
  for (const holder of [picture, rows]) {
    for (const [start, end] of [["pointerover", "pointerout"], ["focusin", "focusout"]] as const) {
      holder.addEventListener(start, (event) => light(boxAt(event) ?? "", true));
      holder.addEventListener(end, (event) => light(boxAt(event) ?? "", false));
    }
  }
  picture.addEventListener("click", (event) => {
    const box = boxAt(event);
    if (box === undefined) return;
    const row = of(rows, box);
    if (row instanceof HTMLElement) row.focus();
  });
}
