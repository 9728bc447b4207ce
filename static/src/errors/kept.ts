/** Labels that the person kept although a model doubts them: told to the server one after another. */

import { callJson } from "../call.ts";
import type { EditQueue } from "../edits/types.ts";

/** Settled when no edit of the image waits any more, so that its version is the server's. */
export async function settled(queue: EditQueue, image: string): Promise<void> {
  const isWaiting = (): boolean => queue.waiting().some(({ changes }) => changes.some((change) => change.image === image));
  while (isWaiting()) {
    await new Promise<void>((settle) => {
      let isFirst = true; // the present state is told at once
      const end = queue.onState(() => {
        if (isFirst) return;
        end();
        settle();
      });
      isFirst = false;
    });
  }
}

export class Kept {
  private readonly address: string;
  private readonly changed: () => void;
  private readonly images = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(address: string, changed: () => void) {
    this.address = address;
    this.changed = changed;
  }

  has(image: string): boolean {
    return this.images.has(image);
  }

  /** Shown at once, taken back where the server refuses it or cannot be reached. Throws then. */
  async keep(image: string, version: number): Promise<void> {
    await this.tell(image, true, { image, version });
  }

  async takeBack(image: string): Promise<void> {
    await this.tell(image, false, { image, undo: true });
  }

  private async tell(image: string, isKept: boolean, body: object): Promise<void> {
    this.set(image, isKept);
    // A page that is left meanwhile still tells it.
    const told = this.turn.then(() => callJson("POST", this.address, body, { keepalive: true }));
    this.turn = told.catch(() => undefined);
    try {
      await told;
    } catch (error) {
      this.set(image, !isKept);
      throw error;
    }
  }

  private set(image: string, isKept: boolean): void {
    if (isKept) this.images.add(image);
    else this.images.delete(image);
    this.changed();
  }
}
