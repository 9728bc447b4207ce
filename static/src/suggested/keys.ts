/** Keys and buttons of the page on which suggested tags are confirmed. */

import { bindKey, type KeyBinding } from "../keys.ts";
import type { Confirming } from "./confirming.ts";

const SCOPE = "Suggested tags";

export function listenForConfirmKeys(confirming: Confirming, isViewOpen: () => boolean, openView: (image: string) => void): void {
  const { gallery } = confirming;
  const { tiles } = gallery;
  const move = (step: "left" | "right" | "up" | "down" | "first" | "last") => () => tiles.move(step);
  const onTile = (): boolean => tiles.hasFocus() && tiles.current !== "";
  const confirm = (): void => confirming.told(confirming.confirm());
  const chooseByKey = (key: string): void => {
    const tag = gallery.tags().find((each) => (key === "-" || key === "0" ? each.type === "Negative" : each.key === key));
    if (tag !== undefined) confirming.choose(tiles.current, tag);
  };
  const typeTag = async (): Promise<void> => {
    const image = tiles.current;
    const tag = await gallery.pickTag({ title: "Tag for this image", chosen: [], canCreate: true });
    if (tag !== null) confirming.choose(image, tag);
    gallery.focusTile(image);
  };
  const bindings: Omit<KeyBinding, "scope">[] = [
    // Not on a link or a button: there Enter is theirs.
    { keys: ["Enter"], words: "Confirm those that are ticked", run: confirm, when: () => tiles.hasFocus() || document.activeElement === document.body },
    { keys: ["Space"], words: "Tick or untick", run: () => confirming.toggle(tiles.current), when: onTile },
    { keys: ["ArrowRight"], words: "Next image", run: move("right") },
    { keys: ["ArrowLeft"], words: "Image before", run: move("left") },
    { keys: ["ArrowDown"], words: "Image below", run: move("down"), when: onTile },
    { keys: ["ArrowUp"], words: "Image above", run: move("up"), when: onTile },
    { keys: ["Home"], words: "First image", run: move("first"), when: onTile },
    { keys: ["End"], words: "Last image", run: move("last"), when: onTile },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Another tag for the image, 1 to 9", run: ({ key }) => chooseByKey(key), when: onTile },
    { keys: ["-", "0"], words: "The negative tag for the image", run: ({ key }) => chooseByKey(key), when: onTile },
    { keys: ["t"], words: "Type a tag for the image", run: () => confirming.told(typeTag()), when: onTile },
    { keys: ["o"], words: "Look at it large", run: () => openView(tiles.current), when: onTile },
    { keys: ["Control+a"], words: "Tick all or none", run: () => confirming.tickAll() },
    { keys: ["Control+z"], words: "Undo", run: () => confirming.told(gallery.undo()) },
    { keys: ["Control+Shift+z", "Control+y"], words: "Redo", run: () => confirming.told(gallery.redo()) },
  ];
  for (const binding of bindings) bindKey({ ...binding, scope: SCOPE, when: () => !isViewOpen() && (binding.when?.() ?? true) });
  const acts: Record<string, () => void> = { confirm, all: () => confirming.tickAll() };
  document.getElementById("confirm-bar")?.addEventListener("click", (event) => {
    const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
    if (act !== undefined) acts[act]?.();
  });
}

/** The small button on a tile opens its picture; the rest of the tile is the tick. */
export function listenForLargeButtons(openView: (image: string) => void): void {
  document.getElementById("gallery-tiles")?.addEventListener("click", (event) => {
    const button = (event.target as Element).closest(".look-large");
    const image = button?.closest<HTMLElement>(".tile")?.dataset.image;
    if (image === undefined) return;
    event.stopImmediatePropagation();
    openView(image);
  }, { capture: true });
}
