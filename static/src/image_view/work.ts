/** What a person does with the image in the frame: put tags on it, or draw boxes. */

import type { GalleryItem } from "../gallery/types.ts";
import type { KeyBinding } from "../keys.ts";

export type WorkKey = Omit<KeyBinding, "scope">;

export interface Work {
  /** Another image, or other labels on this one. */
  show(item: GalleryItem): void;
  /** The tags are others, or are called otherwise. */
  drawTags(): void;
  /** What is under way is kept before the image changes. */
  finish(): void;
  listen(signal: AbortSignal): void;
  /** By the name in `data-act`. */
  acts(): Record<string, () => void>;
  keys(): WorkKey[];
  end(): void;
}

/** What a work asks of the view around it. */
export interface ViewActs {
  say(words: string): void;
  step(step: 1 | -1): boolean;
  choose(image: string): void;
  close(): void;
}
