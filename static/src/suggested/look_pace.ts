/** How many images to look at in a call, and how long the rest takes, from how long those before took. */

/** A call that takes longer is cancelled late, and its bar stands still. */
const CALL_MS = 1_500;
const MOST_A_CALL = 64;
const FIRST_CALL = 4;

export class LookPace {
  private images = 0;
  private elapsedMs = 0;

  note(images: number, elapsedMs: number): void {
    this.images += images;
    this.elapsedMs += elapsedMs;
  }

  /** The first call also loads the model: it says little of the next. */
  nextCount(left: number): number {
    if (this.images === 0) return Math.min(FIRST_CALL, left);
    const fitting = Math.floor((CALL_MS * this.images) / this.elapsedMs);
    // Twice what was looked at so far at most: a first fast call is no promise.
    return Math.max(1, Math.min(left, MOST_A_CALL, fitting, 2 * this.images));
  }

  secondsFor(images: number): number | null {
    return this.images <= FIRST_CALL ? null : (images * this.elapsedMs) / this.images / 1000;
  }
}
