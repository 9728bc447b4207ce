/** The keys of the Predictions page, and the buttons of its bar. */

import { bindKey, type KeyBinding } from "../keys.ts";
import { toast } from "../toast.ts";
import type { Predictions } from "./page.ts";

const SCOPE = "Predictions";

export function listenForPredictionKeys(page: Predictions, isViewOpen: () => boolean, onOpen: (image: string) => void): void {
  const told = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => toast(error instanceof Error ? error.message : "That was not done."));
  };
  const canAct = (): boolean => page.canEdit() && page.targets().length > 0;
  const canSave = (): boolean => page.canEdit() && (page.targets().length > 0 || page.chosen().length > 0);
  const typeTag = async (images: string[]): Promise<void> => {
    const title = images.length === 1 ? "Tag this prediction" : `Tag ${images.length} predictions`;
    const tag = await page.pickTag({ title, chosen: [], canCreate: true });
    if (tag !== null) await page.setTag(images, tag.id, true);
    if (page.tiles.current !== "") page.focusTile(page.tiles.current);
  };
  const toggle = (event: KeyboardEvent): void => {
    const tag = page.tags().find(({ key }) => key === event.key);
    if (tag) told(page.toggleTag(page.targets(), tag.id));
  };
  const toggleNegative = (): void => {
    const tag = page.tags().find(({ type }) => type === "Negative");
    if (tag) told(page.toggleTag(page.targets(), tag.id));
  };
  const accept = async (images: string[]): Promise<void> => {
    if (!(await page.labeling.accept(images))) toast("There is nothing to accept that they do not have.");
  };
  const move = (step: "left" | "right" | "up" | "down" | "first" | "last") => () => page.tiles.move(step);
  const hasFocus = (): boolean => page.tiles.hasFocus();
  const canPick = (): boolean => hasFocus() && page.canEdit();
  const tagging: Omit<KeyBinding, "scope">[] = [
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Tag on or off, 1 to 9", run: toggle, when: canAct },
    { keys: ["-", "0"], words: "Negative tag on or off", run: toggleNegative, when: canAct },
    { keys: ["t"], words: "Type a tag", run: () => told(typeTag(page.targets())), when: canAct },
  ];
  const boxing: Omit<KeyBinding, "scope">[] = [
    { keys: ["n"], words: "No objects in the pictures", run: () => told(page.labeling.sayNoObjects(page.targets())), when: canAct },
  ];
  const bindings: Omit<KeyBinding, "scope">[] = [
    { keys: ["ArrowRight"], words: "Next prediction", run: move("right") },
    { keys: ["ArrowLeft"], words: "Prediction before", run: move("left") },
    { keys: ["ArrowDown"], words: "Prediction below", run: move("down"), when: hasFocus },
    { keys: ["ArrowUp"], words: "Prediction above", run: move("up"), when: hasFocus },
    { keys: ["Home"], words: "First prediction", run: move("first"), when: hasFocus },
    { keys: ["End"], words: "Last one shown", run: move("last"), when: hasFocus },
    { keys: ["Enter"], words: "Open", run: () => onOpen(page.tiles.current), when: hasFocus },
    { keys: ["Space"], words: "Select or not", run: () => page.pick(page.tiles.current, false), when: canPick },
    { keys: ["Shift+Space"], words: "Select from the last one to here", run: () => page.pick(page.tiles.current, true), when: canPick },
    { keys: ["Control+a"], words: "Select all that are shown", run: () => page.selectAll(), when: () => page.canEdit() },
    { keys: ["Escape"], words: "Select none", run: () => page.selection.clear(), when: () => page.selection.size > 0 },
    ...(page.isDetection ? boxing : tagging),
    { keys: ["a"], words: "Take what the model says as the label", run: () => told(accept(page.targets())), when: canAct },
    { keys: ["Control+Enter"], words: "Save and close", run: () => told(page.save(page.chosen())), when: canSave },
    { keys: ["Delete"], words: "Delete", run: () => told(page.deleteAsked(page.targets())), when: canAct },
    { keys: ["Control+z"], words: "Undo", run: () => told(page.undo()) },
    { keys: ["Control+Shift+z", "Control+y"], words: "Redo", run: () => told(page.redo()) },
  ];
  for (const binding of bindings) {
    bindKey({ ...binding, scope: SCOPE, when: () => !isViewOpen() && (binding.when?.() ?? true) });
  }
  const acts: Record<string, () => void> = {
    tag: () => told(typeTag(page.chosen())),
    "no-objects": () => told(page.labeling.sayNoObjects(page.chosen())),
    accept: () => told(accept(page.chosen())),
    save: () => told(page.save(page.chosen())),
    delete: () => told(page.deleteAsked(page.chosen())),
    discard: () => told(page.labeling.takeOff(page.chosen())),
    clear: () => page.selection.clear(),
  };
  document.getElementById("selection-bar")?.addEventListener("click", (event) => {
    const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
    if (act !== undefined) acts[act]?.();
  });
}
