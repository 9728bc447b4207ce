/** What another page with the gallery's grid does its own way. */

import type { EditQueue } from "../edits/types.ts";
import type { Suggestions } from "../editor/suggestions.ts";
import type { Collection } from "./collection.ts";
import type { TileFace } from "./tile_face.ts";

export interface GalleryVariant {
  collection?(base: string, queue: EditQueue): Collection;
  face?: TileFace;
  suggestionsOf?(image: string): Suggestions | null;
  /** Other tiles are drawn: at first, and with each filter. */
  onShown?(): void;
  onSelection?(): void;
}
