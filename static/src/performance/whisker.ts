/** A small bar of a share with its 95% interval, in a cell of the table. */

/** Set the bar of that cell; `value` and `interval` are 0..1, a bar without an interval stays empty. */
export function drawWhisker(cell: Element | null, value: number, interval: [number, number] | null): void {
  const bar = cell?.querySelector(".whisker-bar");
  bar?.querySelector(".ink")?.setAttribute("width", String(interval ? value * 100 : 0));
  const ends = interval ? `M${interval[0] * 100} 1v10M${interval[1] * 100} 1v10` : "";
  bar?.querySelector(".whisk")?.setAttribute("d", ends);
}
