/** The tools that stay switched on: boxes hidden, the hand that moves the picture. */

import { find } from "../image_view/frame.ts";
import type { Canvas } from "./canvas.ts";

export class Tools {
  private readonly root: HTMLElement;
  private readonly canvas: Canvas;
  private isHidden = false;
  private isHand = false;

  constructor(root: HTMLElement, canvas: Canvas) {
    this.root = root;
    this.canvas = canvas;
  }

  /** Hide the boxes or show them; gives what to say. */
  toggleHidden(): string {
    this.set(!this.isHidden, this.isHand);
    return this.isHidden ? "Boxes hidden" : "Boxes shown";
  }

  toggleHand(): void {
    this.set(this.isHidden, !this.isHand);
  }

  /** The view closes: the next one begins without them. */
  reset(): void {
    this.set(false, false);
  }

  private set(isHidden: boolean, isHand: boolean): void {
    this.isHidden = isHidden;
    this.isHand = isHand;
    this.canvas.drawing.setHidden(isHidden);
    this.canvas.setHand(isHand);
    find(this.root, '[data-act="hide"]').setAttribute("aria-pressed", String(isHidden));
    find(this.root, '[data-act="hand"]').setAttribute("aria-pressed", String(isHand));
  }
}
