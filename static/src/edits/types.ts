/** What the gallery, the image view and the queue of edits say to each other. */

/**
 * A box on an image: fractions 0..1 of the upright image, from its top left corner. `id` is the region's, made where
 * the box is drawn. A box never changes: to move it is to remove it and to add another that `replaces` it, and to undo
 * that is to remove the other and to add the first again, under its own id.
 */
export interface Box {
  id: string;
  tag: string;
  left: number;
  top: number;
  width: number;
  height: number;
  replaces?: string;
  /** A model suggested it, and a person accepted it. */
  isSuggested?: boolean;
}

/**
 * A change to the labels of one image. `version` is the image's version that the person saw.
 *
 * A box brings its tag; the last box of a tag takes it along. A box on an image ends its having no objects.
 */
export interface ImageChange {
  image: string;
  version: number;
  addTags?: string[];
  /** Those of `addTags` that a model suggested and the person confirmed. */
  suggestedTags?: string[];
  removeTags?: string[];
  addBoxes?: Box[];
  removeBoxes?: string[];
  /** Say that nothing of the project's tags is in the image, or take that back. */
  hasNoObjects?: boolean;
}

/** One act of a person, of one or many images; `words` name it ("Tagged 3 images can"). */
export interface DraftEdit {
  act: "label" | "delete" | "restore";
  changes: ImageChange[];
  words: string;
}

/** An edit that waits for the server; `id` makes sending it twice harmless. */
export interface Edit extends DraftEdit {
  id: string;
  project: string;
  person: string;
  queuedAt: number;
}

/** An image's labels as the server has them. */
export interface ImageState {
  image: string;
  version: number;
  tags: string[];
  /** In the order in which they were put on. */
  boxes: Box[];
  hasNoObjects: boolean;
  isRemoved: boolean;
  /** The version that this edit found; in answers to edits only. */
  before?: number;
}

/**
 * Why an image was left alone: its labels are others now; it is deleted; it is gone for good, or never was here;
 * the same file was uploaded again, so that it cannot come back.
 */
export type ConflictReason = "changed" | "deleted" | "gone" | "uploaded again";

/** An image that somebody else changed since `version`; nothing was overwritten. */
export interface Conflict {
  change: ImageChange;
  theirs: ImageState;
  reason: ConflictReason;
  /** Empty when nobody can be named. */
  changedBy: string;
  /** ISO 8601, or empty. */
  changedAt: string;
}

/** What the server says of an edit. */
export interface EditAnswer {
  id: string;
  images: ImageState[];
  conflicts: Conflict[];
}

/** An edit that the server will not do, kept until the person drops it. */
export interface RefusedEdit {
  edit: Edit;
  code: string;
  message: string;
}

/** A conflict that nobody has decided yet; it survives a reload. */
export interface OpenConflict {
  edit: Edit;
  conflict: Conflict;
}

export type SaveState =
  | { kind: "saved" }
  /** Labels are kept in this browser until the person says what becomes of them. */
  | { kind: "drafted"; waiting: number }
  | { kind: "saving"; waiting: number }
  | { kind: "offline"; waiting: number }
  | { kind: "signed-out"; waiting: number; message: string }
  | { kind: "refused"; waiting: number; message: string }
  | { kind: "conflict"; waiting: number; changedBy: string };

/** The queue as pages see it. Every `on...` gives a function that takes the listener off again. */
export interface EditQueue {
  /** Settled when the edits of before a reload are known: `waiting()` and the others are whole from then on. */
  readonly ready: Promise<void>;
  /**
   * Keep the edit, show it, send it when its turn comes; `inverse` undoes it. Both name the versions that the
   * person saw before the edit. Settled when the edit is stored; rejected, with nothing done, when it cannot be.
   */
  perform(edit: DraftEdit, inverse: DraftEdit): Promise<void>;
  /** Perform the inverse of the last edit of this tab; null when there is none. */
  undo(): Promise<DraftEdit | null>;
  redo(): Promise<DraftEdit | null>;
  /** Edits not acknowledged yet, oldest first: also those of before a reload and of this person's other tabs. */
  waiting(): Edit[];
  /** What the server answered of late, to this tab or another, oldest first; a page asked for before knows it not. */
  answered(): ImageState[];
  /** Edits that the server refused, until each is dropped. */
  refused(): RefusedEdit[];
  /** Forget a refused edit. */
  drop(editId: string): Promise<void>;
  /** Conflicts that wait for a decision. */
  conflicts(): OpenConflict[];
  /** Decide a conflict: `mine` is performed in its place; null keeps what the other person made. */
  settle(conflict: OpenConflict, mine: DraftEdit | null): Promise<void>;
  state(): SaveState;
  /** False where the browser stores nothing, so that edits which are not saved yet end with the page. */
  isKept(): boolean;
  /** Try now instead of when the pause is over. */
  wake(): void;
  /** Called at once with the present state, then on every change of it. */
  onState(listener: (state: SaveState) => void): () => void;
  /** An edit is stored and counts: show it. Also those of this person's other tabs. */
  onPerformed(listener: (edit: Edit) => void): () => void;
  onAnswer(listener: (edit: Edit, answer: EditAnswer) => void): () => void;
  onConflict(listener: (edit: Edit, conflict: Conflict) => void): () => void;
  /** The server will not do the edit: show the images as they were. */
  onRefused(listener: (refused: RefusedEdit) => void): () => void;
}
