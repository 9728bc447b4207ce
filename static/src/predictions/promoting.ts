/** Pictures on their way to the training images: in batches, with the labels that they got. */

import { callJson } from "../call.ts";
import type { Labels } from "../edits/both_sides.ts";
import { chunks } from "../gallery/server.ts";

/** What became of one picture (inference/pages/promotion.py). */
interface Promoted {
  image: string;
  isMoved: boolean;
  /** The prediction is not there any more, whoever took it. */
  isGone: boolean;
  trainingImage: string;
  words: string;
}

export interface PromotionResult {
  moved: string[];
  /** Not there any more: somebody else moved or deleted them. */
  gone: string[];
  /** Why the others stayed, a reason each. */
  kept: string[];
  /** The server could not be reached, or refused: the rest was not tried. */
  error: string;
}

export interface PromotionPorts {
  address: string;
  atOnce: number;
  labelsOf(image: string): Labels;
  /** After each batch: those that are no predictions any more, and how many are done. */
  onBatch(left: string[], done: number): Promise<void>;
}

/** Each batch is one act of the server; what is cut off leaves the rest as they are, with their labels kept here. */
export async function promote(images: readonly string[], ports: PromotionPorts): Promise<PromotionResult> {
  const result: PromotionResult = { moved: [], gone: [], kept: [], error: "" };
  let done = 0;
  for (const some of chunks([...images], ports.atOnce)) {
    let answers: Promoted[];
    try {
      const body = { images: some.map((image) => ({ image, ...withoutIds(ports.labelsOf(image)) })) };
      answers = (await callJson<{ images: Promoted[] }>("POST", ports.address, body)).images;
    } catch (error) {
      result.error = error instanceof TypeError ? "The server does not answer; nothing of the rest was moved." : (error as Error).message;
      return result;
    }
    const moved = answers.filter(({ isMoved }) => isMoved).map(({ image }) => image);
    const gone = answers.filter(({ isMoved, isGone }) => isGone && !isMoved).map(({ image }) => image);
    result.moved.push(...moved);
    result.gone.push(...gone);
    result.kept.push(...answers.filter(({ isMoved, isGone }) => !isMoved && !isGone).map(({ words }) => words));
    done += some.length;
    await ports.onBatch([...moved, ...gone], done);
  }
  return result;
}

function withoutIds({ tags, boxes, hasNoObjects }: Labels): object {
  return { tags, hasNoObjects, boxes: boxes.map(({ tag, left, top, width, height }) => ({ tag, left, top, width, height })) };
}
