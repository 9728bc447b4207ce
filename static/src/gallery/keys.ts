/** The gallery's keys and the buttons of its selection bar. */

import { bindKey, type KeyBinding } from "../keys.ts";
import { toast } from "../toast.ts";
import type { Gallery } from "./page.ts";

const SCOPE = "Gallery";

export function listenForGalleryKeys(gallery: Gallery, isViewOpen: () => boolean, onOpen: (image: string) => void): void {
  const told = (work: Promise<void>): void => {
    work.catch((error: unknown) => toast(error instanceof Error ? error.message : "That was not done."));
  };
  const canAct = (): boolean => gallery.canEdit() && gallery.targets().length > 0;
  const typeTag = async (): Promise<void> => {
    const images = gallery.targets();
    const tag = await gallery.pickTag({ title: images.length === 1 ? "Tag this image" : `Tag ${images.length} images`, chosen: [], canCreate: true });
    if (tag !== null) await gallery.setTag(images, tag.id, true);
    gallery.focusTile(gallery.tiles.current);
  };
  const toggle = (event: KeyboardEvent): void => {
    const tag = gallery.tags().find(({ key }) => key === event.key);
    if (tag) told(gallery.toggleTag(gallery.targets(), tag.id));
  };
  const toggleNegative = (): void => {
    const tag = gallery.tags().find(({ type }) => type === "Negative");
    if (tag) told(gallery.toggleTag(gallery.targets(), tag.id));
  };
  const lock = (images: string[]): void => told(gallery.lock(images));
  const mayLock = (): boolean => canAct() && document.querySelector('#selection-bar [data-act="lock"]') !== null;
  const move = (step: "left" | "right" | "up" | "down" | "first" | "last") => () => gallery.tiles.move(step);
  const noObjects = (): void => told(gallery.sayNoObjects(gallery.targets()));
  const tagging: Omit<KeyBinding, "scope">[] = [
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "Tag on or off, 1 to 9", run: toggle, when: canAct },
    { keys: ["-", "0"], words: "Negative tag on or off", run: toggleNegative, when: canAct },
    { keys: ["t"], words: "Type a tag", run: () => told(typeTag()), when: canAct },
  ];
  const boxing: Omit<KeyBinding, "scope">[] = [{ keys: ["n"], words: "No objects in the images", run: noObjects, when: canAct }];
  const bindings: Omit<KeyBinding, "scope">[] = [
    { keys: ["ArrowRight"], words: "Next image", run: move("right") },
    { keys: ["ArrowLeft"], words: "Image before", run: move("left") },
    { keys: ["ArrowDown"], words: "Image below", run: move("down"), when: () => gallery.tiles.hasFocus() },
    { keys: ["ArrowUp"], words: "Image above", run: move("up"), when: () => gallery.tiles.hasFocus() },
    { keys: ["Home"], words: "First image", run: move("first"), when: () => gallery.tiles.hasFocus() },
    { keys: ["End"], words: "Last image shown", run: move("last"), when: () => gallery.tiles.hasFocus() },
    { keys: ["Enter"], words: "Open", run: () => onOpen(gallery.tiles.current), when: () => gallery.tiles.hasFocus() },
    { keys: ["Space"], words: "Select or not", run: () => gallery.pick(gallery.tiles.current, false), when: () => gallery.tiles.hasFocus() && gallery.canEdit() },
    { keys: ["Shift+Space"], words: "Select from the last one to here", run: () => gallery.pick(gallery.tiles.current, true), when: () => gallery.tiles.hasFocus() && gallery.canEdit() },
    { keys: ["Control+a"], words: "Select all of the filter", run: () => told(gallery.selectAll()), when: () => gallery.canEdit() },
    { keys: ["Escape"], words: "Select none", run: () => gallery.selection.clear(), when: () => gallery.selection.size > 0 },
    ...(gallery.isDetection ? boxing : tagging),
    { keys: ["l"], words: "Into the locked test set, or out", run: () => lock(gallery.targets()), when: mayLock },
    { keys: ["Delete"], words: "Delete", run: () => told(gallery.deleteImages(gallery.targets())), when: canAct },
    { keys: ["Control+z"], words: "Undo", run: () => told(gallery.undo()) },
    { keys: ["Control+Shift+z", "Control+y"], words: "Redo", run: () => told(gallery.redo()) },
  ];
  for (const binding of bindings) {
    const when = (): boolean => !isViewOpen() && (binding.when?.() ?? true);
    bindKey({ ...binding, scope: SCOPE, when });
  }
  const acts: Record<string, () => void> = {
    tag: () => told(typeTag()),
    "no-objects": noObjects,
    untag: () => told(gallery.untag(gallery.selection.images())),
    lock: () => lock(gallery.selection.images()),
    delete: () => told(gallery.deleteImages(gallery.selection.images())),
    all: () => told(gallery.selectAll()),
    clear: () => gallery.selection.clear(),
  };
  document.getElementById("selection-bar")?.addEventListener("click", (event) => {
    const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
    if (act !== undefined) acts[act]?.();
  });
}
