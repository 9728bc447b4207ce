/** One image large, over the gallery: looked at, worked on, deleted, and on to the next. */

import { Boxing } from "../editor/boxing.ts";
import { openConflicts } from "../edits/conflict.ts";
import { openRefused } from "../edits/refused.ts";
import { showSaveState } from "../edits/save_state.ts";
import type { Edit } from "../edits/types.ts";
import type { GalleryPage, OpenImageView } from "../gallery/types.ts";
import { bindKey, type KeyBinding } from "../keys.ts";
import { toast } from "../toast.ts";
import { imageInAddress, ViewAddress } from "./address.ts";
import { Facts } from "./facts.ts";
import { find, Frame } from "./frame.ts";
import { afterDelete, neighbor } from "./steps.ts";
import { Tagging } from "./tagging.ts";
import { nameOf, place } from "./words.ts";
import type { ViewActs, Work } from "./work.ts";

/** What stays in reach while the view is open. */
const NOT_BEHIND = "#image-view, #toasts, #uploads-chip, dialog, script";
const SCOPE = "Image view";

let open: ImageView | null = null;
let isForwardHeard = false;

/** Show the image large, over the gallery; while a view is open already, in that one. */
export function openImageView(page: GalleryPage, image: string): OpenImageView {
  if (!isForwardHeard) {
    isForwardHeard = true;
    // Forward, after Back closed the view.
    addEventListener("popstate", () => {
      const again = imageInAddress();
      if (again !== null && open === null) openImageView(page, again);
    });
  }
  if (open === null) {
    open = new ImageView(page, () => {
      open = null;
    });
    open.start(image);
  } else {
    open.choose(image);
  }
  return open;
}

class ImageView implements OpenImageView {
  private readonly page: GalleryPage;
  private readonly onEnd: () => void;
  private readonly root: HTMLElement;
  private readonly frame: Frame;
  private readonly facts: Facts;
  private readonly work: Work;
  private readonly address = new ViewAddress();
  private readonly gone = new Set<string>();
  private readonly behind: HTMLElement[] = [];
  private endings: (() => void)[] = [];
  private image = "";

  constructor(page: GalleryPage, onEnd: () => void) {
    this.page = page;
    this.onEnd = onEnd;
    this.root = find(document, "#image-view");
    this.frame = new Frame(this.root, page, {
      onStep: (step) => void this.step(step),
      onChoose: (image) => this.choose(image),
    });
    this.facts = new Facts(this.root, page);
    const acts = {
      say: (words: string) => this.say(words),
      step: (step: 1 | -1) => this.step(step),
      choose: (image: string) => this.choose(image),
      close: () => this.close(),
    };
    this.work = page.workOf?.(this.root, acts) ?? this.labelWork(page, acts);
  }

  private labelWork(page: GalleryPage, acts: ViewActs): Work {
    return page.isDetection ? new Boxing(this.root, page, acts) : new Tagging(this.root, page, acts);
  }

  start(image: string): void {
    this.coverPage();
    this.root.hidden = false;
    this.listen();
    this.address.open(image);
    find(this.root, "#image-view-name").focus();
    this.choose(image);
    void this.page.ready().then(() => this.redraw());
  }

  close(): void {
    if (this.end()) this.address.close();
  }

  choose(image: string): void {
    if (this.image !== image) this.work.finish();
    this.image = image;
    this.address.show(image);
    const item = this.page.item(image);
    if (item === null) return void this.loadFirst(image);
    void this.frame.show(item, this.gone);
    this.work.show(item);
    this.facts.show(item);
    this.drawSteps();
    const names = this.page.tags().filter(({ id }) => item.tags.includes(id)).map(({ name }) => name);
    const none = item.hasNoObjects ? "no objects" : "untagged";
    const where = place(this.page.indexOf(image), this.page.count());
    this.say(`${nameOf(item.name, image)}, ${names.length === 0 ? none : names.join(", ")}${where === "" ? "" : `, ${where}`}`);
  }

  private async loadFirst(image: string): Promise<void> {
    const items = await this.page.load([image]).catch(() => []);
    if (this.image !== image) return;
    if (items.length > 0) return this.choose(image);
    this.close();
    toast("That image is not here: it was deleted, or the server cannot be reached.");
  }

  private end(): boolean {
    if (this.root.hidden) return false;
    this.work.finish();
    for (const ending of this.endings) ending();
    this.endings = [];
    this.facts.end();
    this.work.end();
    this.root.hidden = true;
    for (const element of this.behind) element.inert = false;
    this.onEnd();
    this.page.focusTile(this.image);
    return true;
  }

  /** Put the view over everything else, which is out of reach until it closes. */
  private coverPage(): void {
    document.body.insertBefore(this.root, document.getElementById("dialog"));
    for (const element of document.body.children) {
      if (!(element instanceof HTMLElement) || element.matches(NOT_BEHIND) || element.inert) continue;
      element.inert = true;
      this.behind.push(element);
    }
  }

  private listen(): void {
    const ending = new AbortController();
    const { signal } = ending;
    const acts: Record<string, () => void> = {
      close: () => this.close(),
      next: () => void this.step(1),
      previous: () => void this.step(-1),
      undo: () => void this.undo(() => this.page.undo()),
      redo: () => void this.undo(() => this.page.redo()),
      delete: () => void this.delete(),
      ...this.work.acts(),
    };
    this.root.addEventListener("click", (event) => {
      const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
      if (act !== undefined) acts[act]?.();
    }, { signal });
    this.work.listen(signal);
    addEventListener("popstate", () => this.backPressed(), { signal });
    this.endings = [
      () => ending.abort(),
      this.frame.listen(!this.page.isDetection),
      showSaveState(this.page.queue, find(this.root, '[data-part="save"]'), {
        signIn: this.root.dataset.signIn ?? "",
        seeConflicts: () => openConflicts(this.page.queue, this.page.rules(), (id) => this.page.item(id)?.picture ?? null),
        seeRefused: () => openRefused(this.page.queue),
      }),
      this.page.onItemsChanged((images) => {
        if (images.includes(this.image)) this.redraw();
        else this.redrawFilm();
      }),
      this.page.onTagsChanged(() => this.work.drawTags()),
      ...this.bindings().map((binding) => bindKey({ ...binding, scope: SCOPE })),
    ];
  }

  private bindings(): Omit<KeyBinding, "scope">[] {
    return [
      { keys: ["Escape"], words: "Close", run: () => this.close() },
      { keys: ["PageDown"], words: "Next image", run: () => void this.step(1) },
      { keys: ["PageUp"], words: "Previous image", run: () => void this.step(-1) },
      { keys: this.page.isDetection ? ["Shift+Delete"] : ["Delete", "Backspace"], words: "Delete the image", run: () => void this.delete() },
      { keys: ["Control+z"], words: "Undo", run: () => void this.undo(() => this.page.undo()) },
      { keys: ["Control+Shift+z", "Control+y"], words: "Redo", run: () => void this.undo(() => this.page.redo()) },
      ...this.work.keys(),
    ];
  }

  private backPressed(): void {
    const image = imageInAddress();
    if (image !== null) return this.choose(image);
    this.address.forget();
    this.end();
  }

  /** False at the end. */
  private step(step: 1 | -1): boolean {
    const next = neighbor(this.page, this.image, step, this.gone);
    if (next === null) this.say(step > 0 ? "This is the last image." : "This is the first image.");
    else this.choose(next);
    return next !== null;
  }

  private async delete(): Promise<void> {
    if (!this.page.canEdit()) return this.say("Images cannot be deleted here.");
    const { image } = this;
    const next = afterDelete(this.page, image, new Set([...this.gone, image]));
    this.gone.add(image);
    if (next === null) this.close();
    else this.choose(next);
    await this.page.deleteImages([image]).catch((error: unknown) => {
      this.gone.delete(image);
      toast(error instanceof Error ? error.message : "The image was not deleted.");
    });
  }

  /** Undo or redo, and show the image that it was about. */
  private async undo(act: () => Promise<void>): Promise<void> {
    this.work.finish();
    let done: Edit | null = null;
    const end = this.page.queue.onPerformed((edit) => {
      done = edit;
    });
    await act().finally(end);
    const edit = done as Edit | null;
    if (edit === null) return this.say("There is nothing to undo.");
    this.say(edit.words);
    for (const change of edit.changes) {
      if (edit.act === "delete") this.gone.add(change.image);
      else this.gone.delete(change.image);
    }
    const only = edit.changes.length === 1 ? edit.changes[0] : undefined;
    if (only === undefined || this.root.hidden) return;
    if (edit.act !== "delete") return this.choose(only.image);
    const next = only.image === this.image ? afterDelete(this.page, only.image, this.gone) : this.image;
    if (next === null) this.close();
    else this.choose(next);
  }

  private redraw(): void {
    const item = this.page.item(this.image);
    if (item === null || this.root.hidden) return;
    void this.frame.show(item, this.gone);
    this.work.show(item);
    this.facts.show(item);
    this.drawSteps();
  }

  private redrawFilm(): void {
    this.frame.drawFilm(this.image, this.gone);
  }

  private drawSteps(): void {
    for (const [name, step] of [["next", 1], ["previous", -1]] as const) {
      const isThere = neighbor(this.page, this.image, step, this.gone) !== null;
      find(this.root, `[data-act="${name}"]`).setAttribute("aria-disabled", String(!isThere));
    }
  }

  private say(words: string): void {
    find(this.root, '[data-part="said"]').textContent = words;
  }
}
