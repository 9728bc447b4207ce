/** What Quick Test says of a detector's boxes. */

export function objectWords(count: number): string {
  return count === 0 ? "No object" : count === 1 ? "1 object" : `${count} objects`;
}

/** How many boxes are left out of the drawing and the list; empty where none is. */
export function hiddenWords(below: number): string {
  if (below === 0) return "";
  return below === 1 ? "1 box below the threshold is not shown." : `${below} boxes below the threshold are not shown.`;
}
