/** Which image comes next. */

/** The images that the filter matches, in order. */
export interface Sequence {
  count(): number;
  indexOf(image: string): number;
  imageAt(index: number): string | null;
}

/**
 * The next image (`step` 1) or the previous one (-1) that is not in `gone`; null at the end.
 *
 * From an image that is not in the sequence, opened by its address, the next is the first.
 */
export function neighbor(sequence: Sequence, image: string, step: 1 | -1, gone: ReadonlySet<string>): string | null {
  const here = sequence.indexOf(image);
  let index = here < 0 && step < 0 ? -1 : here + step;
  for (; index >= 0 && index < sequence.count(); index += step) {
    const found = sequence.imageAt(index);
    if (found !== null && !gone.has(found)) return found;
  }
  return null;
}

/** What to show once the image is gone: the next, or at the end the previous. */
export function afterDelete(sequence: Sequence, image: string, gone: ReadonlySet<string>): string | null {
  return neighbor(sequence, image, 1, gone) ?? neighbor(sequence, image, -1, gone);
}

/** The images around one, for the filmstrip: up to `before` and `after` of it, in order. */
export function around(
  sequence: Sequence,
  image: string,
  before: number,
  after: number,
  gone: ReadonlySet<string>,
): string[] {
  const here = sequence.indexOf(image);
  const found: string[] = [];
  const first = Math.max(0, here - before);
  const last = Math.min(sequence.count() - 1, Math.max(here, 0) + after);
  for (let index = first; index <= last; index += 1) {
    const one = sequence.imageAt(index);
    if (one !== null && !gone.has(one)) found.push(one);
  }
  return found;
}

/** Whether the next image follows by itself: the tag is the image's only one, put on just now. */
export function isFollowed(isSwitchedOn: boolean, tagsBefore: readonly string[], tag: string, isMulticlass: boolean): boolean {
  return isSwitchedOn && !tagsBefore.includes(tag) && (tagsBefore.length === 0 || isMulticlass);
}
