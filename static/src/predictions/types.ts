/** Stored predictions as the page knows them (inference/pages/prediction_items.py). */

import type { Rect } from "../editor/geometry.ts";

/** A tag that the model gave, with its place where it is a detector's. */
export interface Said extends Partial<Rect> {
  tag: string;
  name: string;
  probability: number;
}

export interface PredictionRecord {
  image: string;
  width: number;
  height: number;
  thumbnail: string;
  picture: string;
  iteration: string;
  /** Empty for Quick Test. */
  publishedName: string;
  application: string;
  /** ISO 8601. */
  created: string;
  /** How unsure the model is (inference/uncertainty.py): 0 is sure, 1 the toss of a coin. */
  uncertainty: number;
  /** Most probable first; a classifier's only the first few, until the prediction is opened. */
  says: Said[];
}

/** A page of them, and the token of the next one; no continuation: it was the last. */
export interface PredictionContent {
  items: PredictionRecord[];
  session: string;
  continuation: string;
}

/** What the page says of its filter; it comes anew with each filter. */
export interface PageData {
  content: PredictionContent;
  /** Counting stops at some thousands. */
  total: number;
  order: "Suggested" | "Newest" | "Oldest";
  /** Boxes are drawn from this percentage on. */
  threshold: number;
  /** Predictions after this moment are counted as new, but for the `recent` ones that were there. */
  since: string;
  recent: number;
  /** All of the project, under no filter. */
  stored: number;
  isReadOnly: boolean;
  isMulticlass: boolean;
  isDetection: boolean;
}
