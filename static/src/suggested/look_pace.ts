/** How many images to look at in a call, and how long the rest takes, from how long those before took. */

/** A call that takes longer is cancelled late, and its bar stands still. */
const CALL_MS = 1_500;
const MOST_A_CALL = 64;
const FIRST_CALLS = 4;

export class LookPace {
  private calls = 0;
  private images = 0;
  private elapsedMs = 0;

  note(images: number, elapsedMs: number): void {
    this.calls += 1;
    // The first call also loads the model: it says nothing of the next.
    if (this.calls === 1) return;
    this.images += images;
    this.elapsedMs += elapsedMs;
  }

  nextCount(left: number): number {
    if (this.images === 0) return Math.min(FIRST_CALLS, left);
    const fitting = Math.floor((CALL_MS * this.images) / this.elapsedMs);
    // Twice what was looked at so far at most: a fast call is no promise.
    return Math.max(1, Math.min(left, MOST_A_CALL, fitting, 2 * this.images));
  }

  secondsFor(images: number): number | null {
    return this.images === 0 ? null : (images * this.elapsedMs) / this.images / 1000;
  }
}
