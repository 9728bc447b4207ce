/** Keys and buttons of the Errors view. */

import { bindKey, type KeyBinding } from "../keys.ts";
import { toast } from "../toast.ts";
import type { Step } from "./grid.ts";
import type { Errors } from "./page.ts";

const SCOPE = "Errors";

export function listenForErrorKeys(page: Errors, isViewOpen: () => boolean, openView: (image: string) => void): void {
  const { grid } = page;
  const told = (work: Promise<void>): void => {
    work.catch((error: unknown) => toast(error instanceof Error ? error.message : "That was not done."));
  };
  const onTile = (): boolean => grid.hasFocus() && grid.current() !== null;
  const canAct = (): boolean => page.canEdit() && onTile();
  const act = (work: (tile: HTMLElement) => Promise<void>) => (): void => {
    const tile = grid.current();
    if (tile) told(work(tile));
  };
  const move = (step: Step) => (): void => {
    if (!grid.move(step)) page.say(step === "right" || step === "down" ? "This is the last one here." : "This is the first one here.");
  };
  const choose = (isWanted: (tag: { key: string; type: string }) => boolean): void => {
    const tag = page.tags().find(isWanted);
    if (tag) act((tile) => page.choose(tile, tag.id))();
  };
  const typeTag = async (tile: HTMLElement): Promise<void> => {
    const tag = await page.pickTag({ title: "Tag it", chosen: [], canCreate: true });
    grid.focus(tile);
    if (tag !== null) await page.choose(tile, tag.id);
  };
  const large = (): void => {
    const image = grid.current()?.dataset.image;
    if (image !== undefined && page.item(image) !== null) openView(image);
  };
  const mending: Omit<KeyBinding, "scope">[] = [
    { keys: ["y", "a"], words: "The model is right: take its word as the label", run: act((tile) => page.accept(tile)), when: canAct },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Another tag, 1 to 9", run: ({ key }) => choose((tag) => tag.key === key), when: canAct },
    { keys: ["t"], words: "Type a tag", run: act(typeTag), when: canAct },
    { keys: ["Control+z"], words: "Undo", run: () => told(page.undo()) },
    { keys: ["Control+Shift+z", "Control+y"], words: "Redo", run: () => told(page.redo()) },
  ];
  if (!page.isDetection) mending.push({ keys: ["-", "0"], words: "The negative tag", run: () => choose((tag) => tag.type === "Negative"), when: canAct });
  if (page.isQueue) mending.push({ keys: ["l"], words: "Keep the label", run: act((tile) => page.keep(tile)), when: canAct });
  const bindings: Omit<KeyBinding, "scope">[] = [
    { keys: ["j", "ArrowRight"], words: "Next", run: move("right") },
    { keys: ["k", "ArrowLeft"], words: "Previous", run: move("left") },
    { keys: ["ArrowDown"], words: "Below", run: move("down"), when: onTile },
    { keys: ["ArrowUp"], words: "Above", run: move("up"), when: onTile },
    { keys: ["Home"], words: "First", run: move("first"), when: onTile },
    { keys: ["End"], words: "Last", run: move("last"), when: onTile },
    { keys: ["e"], words: page.isDetection ? "Open in the editor" : "Look at it large", run: large, when: onTile },
    ...(page.canEdit() ? mending : []),
  ];
  for (const binding of bindings) bindKey({ ...binding, scope: SCOPE, when: () => !isViewOpen() && (binding.when?.() ?? true) });
  document.getElementById("error-tiles")?.addEventListener("click", (event) => {
    const target = event.target as Element;
    const tile = target.closest<HTMLElement>(".error-tile");
    if (!tile) return;
    const name = target.closest<HTMLElement>("[data-act]")?.dataset.act;
    if (name === "accept") told(page.accept(tile));
    if (name === "keep") told(page.keep(tile));
    // A detector's link leads to the image with all of its boxes; a classifier's picture is shown large, here.
    if (name === undefined && !page.isDetection && target.closest("a") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      if (tile.dataset.image !== undefined && page.item(tile.dataset.image) !== null) openView(tile.dataset.image);
    }
  });
}
