/** What the Errors view knows of a mistake (`mistake_record` in training/pages/error_tiles.py). */

export interface Edges {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Mistake {
  /** In the whole list, from 0. */
  place: number;
  image: string;
  kind: "false" | "missed" | "confused" | "loose";
  /** What a person says and what the model says; one of both is empty where there is none. */
  trueTag: string;
  predictedTag: string;
  /** Of a detector: fractions of the upright image. */
  trueBox?: Edges;
  predictedBox?: Edges;
  /** How many labels of its tag a false box lies on. */
  twins?: number;
  /** Of a likely label error: all tags that the model would give. */
  suggested?: string[];
}
