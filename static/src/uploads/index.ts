/** Adding images: dropped, chosen, pasted or by address; sent while the person goes on working. */

import { CallError } from "../call.ts";
import type { GalleryPage } from "../gallery/types.ts";
import { Chooser } from "./chooser.ts";
import { Drawer } from "./drawer.ts";
import { chosen, gather, type Gathered } from "./gathered.ts";
import { find, part } from "./parts.ts";
import { sendBatch } from "./sender.ts";
import { Transfer } from "./transfer.ts";
import type { UploadItem } from "./types.ts";

const DRAW_EVERY_MS = 150;
const REFRESH_EVERY_MS = 5_000;

export interface Uploads {
  /** Open the drawer, as the button Add images does. */
  open(): void;
  /** Collapse the drawer to its chip, so that the whole window is free. */
  collapse(): void;
  isBusy(): boolean;
}

/** Make the page take images; its template includes labeling/upload_drawer.html. */
export function mountUploads(page: GalleryPage): Uploads {
  return new UploadPanel(page);
}

class UploadPanel implements Uploads {
  private readonly page: GalleryPage;
  private readonly drawer = new Drawer();
  private readonly chooser: Chooser;
  private readonly transfer: Transfer;
  private leftOut: UploadItem[] = [];
  private drawTimer = 0;
  private wasBusy = false;
  private refreshedAt = -Infinity;
  private refreshedCount = 0;

  constructor(page: GalleryPage) {
    this.page = page;
    const { root } = this.drawer;
    const base = root.dataset.address ?? "";
    this.transfer = new Transfer(
      {
        send: (batch, onSent, signal) => sendBatch(base, batch, onSent, signal),
        after: (pauseMs, run) => {
          const timer = setTimeout(run, pauseMs);
          return () => clearTimeout(timer);
        },
        now: () => performance.now(),
        random: () => Math.random(),
      },
      () => this.drawSoon(),
    );
    this.chooser = new Chooser(find(root, '[data-step="tags"]'), page, () => this.drawUploadButton());
    this.listenInDrawer(root);
    this.listenForDrops();
    this.listenForPaste();
    this.listenForReturn();
    this.chooser.draw();
  }

  open(): void {
    if (!this.page.canEdit()) return;
    if (!this.transfer.isBusy() && !this.drawer.isOpen) this.drawer.show(this.isSummaryDue() ? "summary" : "tags");
    this.drawer.open();
    this.draw();
  }

  collapse(): void {
    if (this.drawer.isOpen) this.drawer.close(this.hasMore());
  }

  isBusy(): boolean {
    return this.transfer.isBusy();
  }

  private isSummaryDue(): boolean {
    return this.chooser.isEmpty && this.transfer.state().phase === "done" && this.transfer.items.length > 0;
  }

  private hasMore(): boolean {
    return this.isBusy() || this.isSummaryDue();
  }

  private add(gathered: Gathered): void {
    if (gathered.files.length + gathered.addresses.length === 0) return;
    this.drawer.show("tags");
    this.drawer.open();
    void this.chooser.add(gathered);
  }

  private async upload(): Promise<void> {
    const button = find<HTMLButtonElement>(this.drawer.root, '[data-act="upload"]');
    const trouble = part(this.drawer.root, "trouble");
    trouble.hidden = true;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    try {
      const { items, leftOut } = await this.chooser.take();
      if (!this.transfer.isBusy()) this.forgetLast();
      this.leftOut.push(...leftOut);
      this.drawer.show("uploading");
      find(this.drawer.root, "#uploads-title").focus();
      // A small upload can be over before it is drawn once.
      this.wasBusy = true;
      this.transfer.add(items);
    } catch (error) {
      trouble.textContent = error instanceof CallError ? error.message : "The server cannot be reached. Nothing was uploaded; try again.";
      trouble.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
      this.drawUploadButton();
    }
  }

  private forgetLast(): void {
    this.transfer.clear();
    this.leftOut = [];
    this.refreshedCount = 0;
  }

  private close(): void {
    if (this.isBusy()) return this.drawer.close(true);
    this.chooser.clear();
    this.forgetLast();
    this.drawer.close(false);
    this.drawer.show("tags");
  }

  private drawUploadButton(): void {
    const button = find<HTMLButtonElement>(this.drawer.root, '[data-act="upload"]');
    const { count } = this.chooser;
    button.disabled = count === 0 || this.chooser.isChecking;
    button.textContent = count === 0 ? "Upload" : `Upload ${count.toLocaleString("en-US")} ${count === 1 ? "image" : "images"}`;
  }

  private drawSoon(): void {
    if (this.drawTimer !== 0) return;
    this.drawTimer = window.setTimeout(() => {
      this.drawTimer = 0;
      this.draw();
    }, DRAW_EVERY_MS);
  }

  private draw(): void {
    const state = this.transfer.state();
    if (state.phase === "idle") return;
    if (this.transfer.isBusy()) {
      this.wasBusy = true;
      this.drawer.drawProgress(state, this.transfer.items);
      this.refreshSometimes(state.uploaded + state.duplicates);
      return;
    }
    if (this.wasBusy) {
      this.wasBusy = false;
      this.refreshedAt = -Infinity;
      this.refreshSometimes(state.uploaded + state.duplicates + 1);
      // New files chosen meanwhile come first; this summary follows when the drawer is opened again.
      if (this.chooser.isEmpty) this.drawer.show("summary");
    }
    part<HTMLAnchorElement>(this.drawer.root, "new-images").href = this.addressOfNew();
    this.drawer.drawSummary(state, this.transfer.items, this.leftOut);
  }

  /** The gallery with the newest images first; under Untagged when they got no tag. */
  private addressOfNew(): string {
    const hasTags = this.transfer.items.some((item) => item.tags.length > 0);
    const hasNone = this.transfer.items.some((item) => item.tags.length === 0);
    const tagging = hasTags && hasNone ? "all" : hasTags ? "tagged" : "untagged";
    return `${this.drawer.root.dataset.images ?? ""}?tagging=${tagging}&order=newest`;
  }

  private refreshSometimes(count: number): void {
    const now = performance.now();
    if (count === this.refreshedCount || now - this.refreshedAt < REFRESH_EVERY_MS) return;
    this.refreshedAt = now;
    this.refreshedCount = count;
    // Without the network there is nothing new to show; the next time it is asked again.
    this.page.refresh().catch(() => undefined);
  }

  private listenInDrawer(root: HTMLElement): void {
    const acts: Record<string, () => void> = {
      upload: () => void this.upload(),
      close: () => this.close(),
      collapse: () => this.collapse(),
      cancel: () => this.transfer.cancel(),
      wake: () => this.transfer.wake(),
      retry: () => {
        this.drawer.show("uploading");
        this.wasBusy = true;
        this.transfer.retryFailed();
      },
      more: () => {
        this.forgetLast();
        this.drawer.show("tags");
        find(root, "#uploads-title").focus();
      },
    };
    root.addEventListener("click", (event) => {
      const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
      if (act !== undefined) acts[act]?.();
    });
    root.addEventListener("keydown", (event) => {
      // What was chosen so far is there again when the drawer is opened the next time.
      if (event.key === "Escape") this.collapse();
      // Letters and digits pressed here are not meant for the images behind.
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    for (const input of root.querySelectorAll<HTMLInputElement>("[data-input]")) {
      input.addEventListener("change", () => {
        this.add({ files: input.files === null ? [] : chosen(input.files), addresses: [] });
        input.value = "";
      });
    }
    addEventListener("beforeunload", (event) => {
      if (this.isBusy()) event.preventDefault();
    });
  }

  private listenForDrops(): void {
    const veil = find(document, "#uploads-drop");
    let depth = 0;
    const show = (isShown: boolean) => {
      veil.hidden = !isShown;
    };
    const isMeant = (event: DragEvent): boolean => {
      const types = event.dataTransfer?.types ?? [];
      return this.page.canEdit() && (types.includes("Files") || types.includes("text/uri-list")) && !isField(event.target);
    };
    addEventListener("dragenter", (event) => {
      if (!isMeant(event)) return;
      event.preventDefault();
      depth += 1;
      show(true);
    });
    addEventListener("dragleave", (event) => {
      if (isMeant(event)) depth = Math.max(0, depth - 1);
      if (depth === 0) show(false);
    });
    addEventListener("dragover", (event) => {
      if (isMeant(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      depth = 0;
      show(false);
      if (!isMeant(event) || event.dataTransfer === null) return;
      event.preventDefault();
      void gather(event.dataTransfer).then((gathered) => this.add(gathered));
    });
    // A tile or a link of this page, dragged by accident, is nothing to upload.
    addEventListener("dragstart", (event) => {
      if ((event.target as Element).closest?.("a, img")) event.preventDefault();
    });
  }

  private listenForPaste(): void {
    document.addEventListener("paste", (event) => {
      if (event.clipboardData === null || isField(event.target) || !this.page.canEdit()) return;
      if (document.querySelector("dialog[open]")) return;
      void gather(event.clipboardData).then((gathered) => this.add(gathered));
    });
  }

  private listenForReturn(): void {
    const wake = () => {
      if (this.transfer.state().phase !== "running" && this.isBusy()) this.transfer.wake();
    };
    addEventListener("online", wake);
    addEventListener("focus", wake);
  }
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
