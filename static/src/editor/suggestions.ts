/** Boxes that a model, or a method without one, suggests for an image. */

import { callJson } from "../call.ts";
import { overlap, type Rect } from "./geometry.ts";

/** More than this in common with a box that is there: the same object. */
const SAME_OVERLAP = 0.5;

/** What the server suggests (inference/pages). `tag` and `probability` are null where the method knows no tags. */
export interface Suggestions {
  source: "iteration" | "proposals" | "none";
  by: string;
  note: string;
  reason: string;
  boxes: (Rect & { tag: string | null; probability: number | null })[];
}

/** A suggested box; `id` is its place in the list. */
export interface Suggestion extends Rect {
  id: string;
  tag: string | null;
  probability: number | null;
}

/** The suggestions for one image, as far as they are asked for. */
export class Offer {
  suggestions: Suggestions | null = null;
  isAsking = false;
  private readonly dismissed = new Set<string>();
  private turn = 0;

  clear(): void {
    this.turn += 1;
    this.suggestions = null;
    this.isAsking = false;
    this.dismissed.clear();
  }

  /** Ask the server; what cannot be had is told as a reason. An answer for an earlier image is dropped. */
  async ask(project: string, image: string): Promise<void> {
    this.clear();
    const mine = this.turn;
    this.isAsking = true;
    const answer = await callJson<Suggestions>("GET", `/projects/${project}/images/${image}/suggestions`).catch(
      (error: unknown): Suggestions => {
        const reason = error instanceof Error ? error.message : "The server does not answer.";
        return { source: "none", by: "", note: "", reason, boxes: [] };
      },
    );
    if (mine !== this.turn) return;
    this.isAsking = false;
    this.suggestions = answer;
  }

  /** Suggestions that the page has already. */
  take(suggestions: Suggestions): void {
    this.clear();
    this.suggestions = suggestions;
  }

  dismiss(id: string): void {
    this.dismissed.add(id);
  }

  /** Those that are neither dismissed nor about an object that has its box. */
  open(boxes: readonly Rect[]): Suggestion[] {
    return (this.suggestions?.boxes ?? [])
      .map((box, index) => ({ ...box, id: `suggested-${index}` }))
      .filter((box) => !this.dismissed.has(box.id) && !boxes.some((there) => overlap(there, box) > SAME_OVERLAP));
  }

  /** What is to be said of them. */
  words(openCount: number): string {
    if (this.isAsking) return "Looking at the image…";
    if (this.suggestions === null) return "";
    if (this.suggestions.boxes.length === 0) return this.suggestions.reason || "Nothing was found in this image.";
    const isHover = this.suggestions.boxes.some(({ tag }) => tag === null);
    if (isHover && openCount > 0) return `Point at an object to see its box, click to accept it. ${this.suggestions.note}`;
    return openCount === 0 ? "Every suggestion is accepted or dismissed." : this.suggestions.note;
  }
}

export function percent(probability: number | null): string {
  return probability === null ? "" : `${Math.round(probability * 100)}%`;
}
