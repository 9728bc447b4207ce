/** What the gallery, the image view and the uploads say to each other: one page, one set of images and tags. */

import type { TagFace, TagRules } from "../edits/both_sides.ts";
import type { Suggestions } from "../editor/suggestions.ts";
import type { Box, DraftEdit, EditQueue } from "../edits/types.ts";
import type { ViewActs, Work } from "../image_view/work.ts";

/** A tag as the page shows it (`PageTag` in labeling/tag_keys.py). `key` is "1" to "9", then typed; "–" is negative. */
export interface PageTag extends TagFace {
  description: string;
  imageCount: number;
}

/** An image as the gallery knows it, with the edits that still wait laid over it. */
export interface GalleryItem {
  image: string;
  /** The version that edits of it name; those of an iteration's frozen images are not edited. */
  version: number;
  /** Ids of its tags, in the tags' order. */
  tags: string[];
  /** Empty in a classification project. */
  boxes: Box[];
  /** Said to be background: done, yet without tags. */
  hasNoObjects: boolean;
  /** In the locked test set: never trained on. */
  isInTestSet?: boolean;
  name: string;
  /** Pixels of the upright image. */
  width: number;
  height: number;
  /** Signed addresses: the small copy and the large upright one. */
  thumbnail: string;
  picture: string;
  /** How the chosen iteration was wrong about the chosen tags; empty where it was right or nothing is chosen. */
  wrong: "" | "missed" | "false";
  /** Of a detector: how many boxes of the chosen tags it missed, and how many it saw where there is none. */
  wrongBoxes?: { missed: number; false: number };
  /** On pages that show what an iteration says; most probable first. */
  suggested?: SuggestedTag[];
}

/** What an iteration says of an image: a tag, and of a detector where (fractions 0..1 of the upright image). */
export interface SuggestedTag {
  tag: string;
  probability: number;
  left?: number;
  top?: number;
  width?: number;
  height?: number;
}

/** What the gallery shows now, as in its address. */
export interface GalleryFilter {
  tagging: "all" | "tagged" | "untagged";
  /** Any of these. */
  tags: string[];
  /** An iteration's frozen images; empty for the workspace. */
  iteration: string;
  name: string;
  order: "newest" | "oldest";
  isOnlyWrong: boolean;
  /** Percent, for `isOnlyWrong` and the red frames. */
  threshold: number;
}

/** An edit and its inverse. */
export interface Draft {
  edit: DraftEdit;
  inverse: DraftEdit;
}

/** Options of the box that a tag is typed in. */
export interface TagPicking {
  title: string;
  /** Ids of tags that are on already, shown with a tick. */
  chosen: string[];
  /** Whether a name that is no tag yet can be made one. */
  canCreate: boolean;
}

/** The gallery's page, given to the image view and to the uploads. Every `on...` gives what ends the listening. */
export interface GalleryPage {
  readonly project: string;
  readonly person: string;
  readonly isMulticlass: boolean;
  /** Images have boxes, and tags by them. */
  readonly isDetection: boolean;
  /** Whether this person may edit images and an editable set (the workspace) is shown. */
  canEdit(): boolean;
  /**
   * Where a page has it, the editor shows these as dotted boxes at once (null: none until the person asks), whatever
   * "Suggest on every image" says.
   */
  suggestionsOf?(image: string): Suggestions | null;
  readonly queue: EditQueue;
  /** In their order; new after `onTagsChanged`. */
  tags(): PageTag[];
  rules(): TagRules;
  filter(): GalleryFilter;

  /** How many images the filter matches; images that stop matching stay until the gallery is shown again. */
  count(): number;
  /** Place in the filter, from 0; -1 when the image is not in it (as far as is known: see `ready`). */
  indexOf(image: string): number;
  imageAt(index: number): string | null;
  /** The image as it is known now, or null when it was not loaded yet. */
  item(image: string): GalleryItem | null;
  /** Load what is missing of these; images that do not exist are left out. */
  load(images: string[]): Promise<GalleryItem[]>;
  /** Settled when every place in the filter is known. */
  ready(): Promise<void>;

  /** Put the tag on all of the images, or take it off when all have it: one edit, with its undo. */
  toggleTag(images: string[], tag: string): Promise<void>;
  /** Put the tag on, or take it off, whatever they have now. */
  setTag(images: string[], tag: string, isOn: boolean): Promise<void>;
  /** Perform an edit that was worked out elsewhere, with its undo. */
  change(draft: Draft): Promise<void>;
  /** Delete, with undo in a toast. */
  deleteImages(images: string[]): Promise<void>;
  undo(): Promise<void>;
  redo(): Promise<void>;
  /** Let the person type a tag; null when the box was closed without one. */
  pickTag(options: TagPicking): Promise<PageTag | null>;
  /** Make a tag. Throws CallError. */
  createTag(name: string): Promise<PageTag>;

  /** Show the gallery anew from the server: images that were added, counts, tags. Keeps scroll and selection. */
  refresh(): Promise<void>;
  /** Scroll the tile into view and focus it; for the image view when it closes. */
  focusTile(image: string): void;
  /** Labels or presence of these images changed: draw them again. */
  onItemsChanged(listener: (images: string[]) => void): () => void;
  onTagsChanged(listener: () => void): () => void;

  /** Where the images are no training images: what is said of them in place of the server's word. */
  factsOf?(image: string): [string, string][];
  /** Where something else is done with an image than putting labels on it. */
  workOf?(root: HTMLElement, view: ViewActs): Work;
}

/** What `openImageView(page, image)` of the image view gives back. */
export interface OpenImageView {
  close(): void;
}
