/** The drawer itself: its three steps, and the chip that it collapses to. */

import { focusAgain } from "../focus.ts";
import { element } from "../edits/elements.ts";
import { find, part } from "./parts.ts";
import { MOST_ROWS, Rows, shownItems } from "./rows.ts";
import type { TransferState, UploadItem } from "./types.ts";
import { images, speed, timeLeft } from "./words.ts";

export type Step = "tags" | "uploading" | "summary";
const STEPS: Step[] = ["tags", "uploading", "summary"];
const PARTS_OF_BAR = 1000;

export class Drawer {
  readonly root: HTMLElement;
  private readonly chip: HTMLButtonElement;
  private readonly rows: Rows;
  private readonly failedRows: Rows;
  private opener: HTMLElement | null = null;
  private step: Step = "tags";

  constructor() {
    this.root = find(document, "#uploads");
    this.chip = find<HTMLButtonElement>(document, "#uploads-chip");
    this.rows = new Rows(part(this.root, "rows"));
    this.failedRows = new Rows(part(this.root, "failed"));
    this.chip.addEventListener("click", () => this.open());
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(): void {
    if (this.isOpen) return;
    const active = document.activeElement;
    this.opener = active instanceof HTMLElement && active !== document.body ? active : null;
    this.root.hidden = false;
    this.chip.hidden = true;
    find(this.root, "#uploads-title").focus();
  }

  /** Close it; with `isGoingOn` a chip tells how far the upload is. */
  close(isGoingOn: boolean): void {
    const hadFocus = this.root.contains(document.activeElement);
    this.root.hidden = true;
    this.chip.hidden = !isGoingOn;
    if (!hadFocus) return;
    if (isGoingOn) this.chip.focus();
    else if (this.opener?.checkVisibility()) this.opener.focus();
    else focusAgain("");
  }

  show(step: Step): void {
    const pressed = this.root.contains(document.activeElement) ? document.activeElement : null;
    this.step = step;
    for (const one of STEPS) {
      find(this.root, `[data-step="${one}"]`).hidden = one !== step;
      find(this.root, `[data-foot="${one}"]`).hidden = one !== step;
      const mark = find(this.root, `[data-step-name="${one}"]`);
      mark.toggleAttribute("data-done", STEPS.indexOf(one) < STEPS.indexOf(step));
      if (one === step) mark.setAttribute("aria-current", "step");
      else mark.removeAttribute("aria-current");
    }
    find(this.root, 'header [data-act="collapse"]').hidden = step !== "uploading";
    find(this.root, 'header [data-act="close"]').hidden = step === "uploading";
    // What was pressed goes with its step; the next one is read from the top.
    if (pressed && !pressed.checkVisibility()) find(this.root, "#uploads-title").focus();
  }

  drawProgress(state: TransferState, items: UploadItem[]): void {
    const sent = `${state.finished.toLocaleString("en-US")} of ${state.total.toLocaleString("en-US")}`;
    this.drawChip(state, sent);
    if (!this.isOpen || this.step !== "uploading") return;
    part(this.root, "sent").textContent = sent;
    part(this.root, "left").textContent = timeLeft(state.secondsLeft);
    part(this.root, "speed").textContent = speed(state.photosPerSecond, state.bytesPerSecond);
    find<HTMLProgressElement>(this.root, '[data-step="uploading"] progress').value = Math.round(state.progress * PARTS_OF_BAR);
    this.drawPause(state);
    const shown = shownItems(items);
    this.rows.show(shown);
    const more = items.length - shown.length;
    part(this.root, "more-rows").textContent = more > 0 ? `and ${images(more)} more` : "";
  }

  drawSummary(state: TransferState, items: UploadItem[], leftOut: UploadItem[]): void {
    const isAllIn = state.failed + state.cancelled + leftOut.length === 0;
    part(this.root, "verdict").textContent = verdict(state);
    const facts: [string, number, string][] = [
      ["Uploaded", state.uploaded, "ok"],
      ["Already there, tags added", state.duplicates, ""],
      ["Failed", state.failed, "bad"],
      ["Cancelled", state.cancelled, ""],
      ["Left out", leftOut.length, ""],
    ];
    const rows = facts.filter(([name, count]) => count > 0 || (isAllIn && name === "Uploaded"));
    part(this.root, "facts").replaceChildren(
      ...rows.flatMap(([name, count, tone]) => [element("dt", "", name), element("dd", tone, count.toLocaleString("en-US"))]),
    );
    const failed = items.filter((item) => item.state === "failed");
    this.failedRows.show([...failed, ...leftOut].slice(0, MOST_ROWS));
    const retry = find(this.root, '[data-act="retry"]');
    retry.hidden = !failed.some((item) => item.isRetryable);
    part(this.root, "new-images").hidden = state.uploaded + state.duplicates === 0;
    this.drawChip(state, verdict(state));
  }

  private drawPause(state: TransferState): void {
    const note = part(this.root, "pause");
    const isPaused = state.phase === "waiting" || state.phase === "signed-out";
    if (note.hidden && !isPaused) return;
    note.hidden = !isPaused;
    const words = state.phase === "signed-out" ? state.message : `${state.message} The upload goes on by itself when it is back.`;
    const text = find(note, "span");
    if (isPaused && text.textContent !== words) text.textContent = words;
    find(note, '[data-act="sign-in"]').hidden = state.phase !== "signed-out";
  }

  private drawChip(state: TransferState, words: string): void {
    const isPaused = state.phase === "waiting" || state.phase === "signed-out";
    const label = state.phase === "done" ? words : isPaused ? `Upload waits, ${words}` : `Uploading ${words}`;
    find(this.chip, "span").textContent = label;
    const bar = find<HTMLProgressElement>(this.chip, "progress");
    bar.hidden = state.phase === "done";
    bar.value = Math.round(state.progress * PARTS_OF_BAR);
    this.chip.setAttribute("aria-expanded", String(this.isOpen));
  }
}

function verdict({ uploaded, duplicates, failed, cancelled }: TransferState): string {
  if (failed > 0) return `${images(failed)} did not get in`;
  if (cancelled > 0) return `Cancelled after ${images(uploaded + duplicates)}`;
  if (uploaded === 0 && duplicates > 0) return "All of them were here already";
  return `${images(uploaded + duplicates)} ${uploaded + duplicates === 1 ? "is" : "are"} in`;
}
