/** Which rows of a long grid are worth having in the page: those in sight, and some above and below. */

export interface GridGeometry {
  count: number;
  columns: number;
  /** Height of a tile and the gap below it. */
  rowPixels: number;
  /** How far the grid's top is above the window's top; negative while it is below. */
  scrolledPixels: number;
  windowPixels: number;
}

/** Tiles `start` to `end`, and how many rows are left out above and below. */
export interface TileWindow {
  start: number;
  end: number;
  rowsAbove: number;
  rowsBelow: number;
}

// Few: what is in the page is laid out again with each row that comes.
const TILES_BEYOND = 40;

export function tileWindow({ count, columns, rowPixels, scrolledPixels, windowPixels }: GridGeometry): TileWindow {
  const rows = Math.ceil(count / columns);
  const beyond = Math.ceil(TILES_BEYOND / columns);
  const firstSeen = Math.floor(scrolledPixels / rowPixels);
  const lastSeen = Math.ceil((scrolledPixels + windowPixels) / rowPixels);
  const first = Math.max(0, Math.min(firstSeen - beyond, rows - 1));
  const last = Math.max(first, Math.min(rows, lastSeen + beyond));
  return { start: first * columns, end: Math.min(count, last * columns), rowsAbove: first, rowsBelow: rows - last };
}
