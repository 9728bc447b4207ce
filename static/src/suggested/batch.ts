/** Which images are shown together: few enough to be looked at before they are confirmed. */

export const BATCH_SIZE = 30;

/**
 * The next images that are still open. Those that were unticked (`aside`) come last, when no others are left; of them
 * the one that waited longest first.
 */
export function nextBatch(
  order: readonly string[],
  isOpen: (image: string) => boolean,
  aside: ReadonlySet<string>,
  size = BATCH_SIZE,
): string[] {
  const fresh: string[] = [];
  for (const image of order) {
    if (fresh.length === size) break;
    if (!aside.has(image) && isOpen(image)) fresh.push(image);
  }
  if (fresh.length > 0) return fresh;
  const there = new Set(order);
  return [...aside].filter((image) => there.has(image) && isOpen(image)).slice(0, size);
}
