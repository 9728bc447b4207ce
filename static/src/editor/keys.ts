/** The keys of the editor, and the words by which the help names them. */

import type { WorkKey } from "../image_view/work.ts";
import { ARROWS } from "./by_key.ts";

export interface EditorActs {
  escape(): void;
  canEscape(): boolean;
  place(): void;
  enter(): void;
  isPlacing(): boolean;
  isSuggestion(): boolean;
  arrow(event: KeyboardEvent): void;
  canMove(): boolean;
  tagNumber(key: string): void;
  typeTag(): void;
  duplicate(): void;
  delete(): void;
  copyPrevious(): void;
  suggest(): void;
  accept(): void;
  acceptAll(): void;
  noObjects(): void;
  hide(): void;
  zoomIn(): void;
  zoomOut(): void;
  fit(): void;
}

function arrows(...before: string[]): string[] {
  return before.flatMap((held) => ARROWS.map((arrow) => `${held}${arrow}`));
}

export function editorKeys(acts: EditorActs): WorkKey[] {
  return [
    { keys: ["Escape"], words: "Leave off, or select none", run: acts.escape, when: acts.canEscape },
    { keys: ["b"], words: "New box by keyboard", run: acts.place },
    { keys: ["Enter"], words: "Keep the new box, accept the suggestion", run: acts.enter, when: () => acts.isPlacing() || acts.isSuggestion() },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Tag of this box and the next, 1 to 9", run: ({ key }) => acts.tagNumber(key) },
    { keys: ["t"], words: "Type a tag", run: acts.typeTag },
    { keys: arrows("", "Shift+"), words: "Move the box; with Shift by ten", run: acts.arrow, when: acts.canMove },
    { keys: arrows("Alt+", "Alt+Shift+"), words: "Resize the box", run: acts.arrow, when: acts.canMove },
    { keys: ["d"], words: "Duplicate the box", run: acts.duplicate },
    { keys: ["Delete", "Backspace"], words: "Delete the box", run: acts.delete },
    { keys: ["v"], words: "Boxes of the previous image", run: acts.copyPrevious },
    { keys: ["s"], words: "Suggest boxes", run: acts.suggest },
    { keys: ["a"], words: "Accept a suggestion", run: acts.accept },
    { keys: ["Shift+a"], words: "Accept all suggestions", run: acts.acceptAll },
    { keys: ["n"], words: "No objects here", run: acts.noObjects },
    { keys: ["h"], words: "Hide or show boxes", run: acts.hide },
    { keys: ["+", "="], words: "Zoom in", run: acts.zoomIn },
    { keys: ["-"], words: "Zoom out", run: acts.zoomOut },
    { keys: ["0"], words: "Fit the picture", run: acts.fit },
  ];
}
