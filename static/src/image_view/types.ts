/** What the server says of one image (labeling/pages/image_state.py, training/pages/image_scores.py). */

export interface PutOn {
  tag: string;
  name: string;
  /** Who put it on; empty for frozen images. */
  by: string;
  since: string;
}

export interface ImageDetails {
  image: string;
  name: string;
  mediaType: string;
  width: number;
  height: number;
  sizeBytes: number;
  added: string;
  addedBy: string;
  tags: PutOn[];
  /** Pairs that an app keeps with its image. */
  metadata: Record<string, string>;
  /** How it came into the locked test set; empty where it is not in it. */
  testSet: "" | "hand" | "filter" | "random" | "near duplicate";
}

/** An iteration's probabilities for the image, most probable first; empty when it was not judged. */
export interface ImageScores {
  iteration: string;
  scores: { tag: string; name: string; probability: number }[];
}
