/** Sends images, several requests at a time, until each has its answer. */

import { nextBatch, spreadSent, wantedBytes } from "./batches.ts";
import { Pace } from "./pace.ts";
import type { ItemAnswer, SendOutcome, TransferPhase, TransferState, UploadItem } from "./types.ts";

export const MOST_REQUESTS = 4;
export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 30_000;
/** Answers such as 500 are told as a failure after so many tries; a server that cannot be reached is waited for. */
export const MOST_TRIES = 6;
const STEP_UP_AFTER = 8;
/** While a file has left but has no answer yet, this much of it counts as done. */
const SENT_COUNTS = 0.9;

/** The transfer's ways to the world; tests give their own. */
export interface TransferPorts {
  /** Never rejected. `onSent` is told how many bytes of the files have left. */
  send(batch: UploadItem[], onSent: (bytes: number) => void, signal: AbortSignal): Promise<SendOutcome>;
  /** Call `run` after `pauseMs`; gives what calls it off. */
  after(pauseMs: number, run: () => void): () => void;
  now(): number;
  /** Between 0 and 1. */
  random(): number;
}

export class Transfer {
  readonly items: UploadItem[] = [];
  private readonly ports: TransferPorts;
  private readonly onChange: () => void;
  private readonly pace = new Pace();
  private active = 0;
  private limit = MOST_REQUESTS;
  private answersSinceStep = 0;
  private failures = 0;
  private trouble: "" | "waiting" | "signed-out" = "";
  private message = "";
  private firstWaiting = 0;
  private callOff: (() => void) | null = null;
  private aborting = new AbortController();

  constructor(ports: TransferPorts, onChange: () => void) {
    this.ports = ports;
    this.onChange = onChange;
  }

  /** Send these too. */
  add(items: UploadItem[]): void {
    if (!this.isBusy()) this.pace.restart();
    this.items.push(...items);
    this.fill();
  }

  /** Forget what is done, before a new upload. */
  clear(): void {
    this.items.length = 0;
    this.firstWaiting = 0;
    this.failures = 0;
    this.limit = MOST_REQUESTS;
    this.answersSinceStep = 0;
  }

  /** Try again now: the network is back, or the person signed in. */
  wake(): void {
    this.callOff?.();
    this.callOff = null;
    this.trouble = "";
    this.fill();
  }

  /** Send the failed ones that may succeed now. */
  retryFailed(): void {
    for (const item of this.items) {
      if (item.state === "failed" && item.isRetryable) {
        Object.assign(item, { state: "waiting", sent: 0, lostAnswers: 0, words: "" });
      }
    }
    this.firstWaiting = 0;
    this.failures = 0;
    this.limit = MOST_REQUESTS;
    this.pace.restart();
    this.wake();
  }

  /** Send no more; what the server has already, it keeps. */
  cancel(): void {
    for (const item of this.items) {
      if (item.state === "waiting" || item.state === "sending") item.state = "cancelled";
    }
    this.aborting.abort();
    this.aborting = new AbortController();
    this.callOff?.();
    this.callOff = null;
    this.trouble = "";
    this.onChange();
  }

  /** Whether leaving the page would lose something. */
  isBusy(): boolean {
    return this.active > 0 || this.items.some((item) => item.state === "waiting" || item.state === "sending");
  }

  state(): TransferState {
    const count = { uploaded: 0, duplicate: 0, failed: 0, cancelled: 0, other: 0 };
    let weight = 0;
    let done = 0;
    for (const item of this.items) {
      if (item.state in count) count[item.state as keyof typeof count] += 1;
      weight += item.weight;
      done += isFinished(item) ? item.weight : item.weight * item.sent * SENT_COUNTS;
    }
    const finished = count.uploaded + count.duplicate + count.failed + count.cancelled;
    const rates = this.pace.rates();
    return {
      phase: this.phase(),
      total: this.items.length,
      finished,
      uploaded: count.uploaded,
      duplicates: count.duplicate,
      failed: count.failed,
      cancelled: count.cancelled,
      progress: weight === 0 ? 0 : done / weight,
      photosPerSecond: rates?.count ?? 0,
      bytesPerSecond: rates?.weight ?? 0,
      secondsLeft: this.trouble === "" ? this.pace.secondsFor(weight - done) : null,
      message: this.message,
    };
  }

  private phase(): TransferPhase {
    if (this.items.length === 0) return "idle";
    if (!this.isBusy()) return "done";
    return this.trouble === "" ? "running" : this.trouble;
  }

  private fill(): void {
    while (this.trouble === "" && this.active < this.limit) {
      const batch = nextBatch(this.rest(), wantedBytes(this.pace.rates()?.weight ?? null, this.limit));
      if (batch.length === 0) break;
      void this.send(batch);
    }
    this.onChange();
  }

  /** From the first that may still wait: with 10,000 images the long done ones are not looked at again. */
  private *rest(): Generator<UploadItem> {
    while (this.firstWaiting < this.items.length && isFinished(this.items[this.firstWaiting] as UploadItem)) {
      this.firstWaiting += 1;
    }
    for (let index = this.firstWaiting; index < this.items.length; index += 1) {
      yield this.items[index] as UploadItem;
    }
  }

  private async send(batch: UploadItem[]): Promise<void> {
    this.active += 1;
    const { signal } = this.aborting;
    for (const item of batch) {
      item.state = "sending";
      item.firstSentAt ||= this.ports.now();
    }
    const onSent = (bytes: number) => {
      spreadSent(batch, bytes);
      this.note();
    };
    const outcome = await this.ports.send(batch, onSent, signal);
    this.active -= 1;
    // What was cancelled meanwhile stays so; a cancelled batch is cancelled as a whole.
    const open = batch.filter((item) => item.state === "sending");
    if (outcome.kind === "answered") this.takeAnswer(batch, outcome.items);
    else if (outcome.kind === "refused") this.fail(open, outcome.message, true);
    else this.takeTrouble(open, outcome);
    this.note();
    this.fill();
  }

  private takeAnswer(batch: UploadItem[], answers: ItemAnswer[]): void {
    this.failures = 0;
    this.answersSinceStep += 1;
    if (this.answersSinceStep >= STEP_UP_AFTER && this.limit < MOST_REQUESTS) {
      this.limit += 1;
      this.answersSinceStep = 0;
    }
    batch.forEach((item, index) => {
      const answer = answers[index];
      if (answer === undefined) return this.fail([item], "The server said nothing of this image. Retry.", true);
      item.sent = 1;
      item.image = answer.image;
      item.words = answer.words;
      item.isRetryable = answer.isRetryable;
      item.state = this.stateOf(item, answer);
    });
  }

  private stateOf(item: UploadItem, answer: ItemAnswer): UploadItem["state"] {
    if (answer.status === "OK") return "uploaded";
    if (answer.status !== "OKDuplicate") return "failed";
    // It is here already because an earlier try of ours arrived and its answer did not.
    const isOwn = item.lostAnswers > 0 && answer.ageMs !== null && answer.ageMs <= this.ports.now() - item.firstSentAt;
    if (isOwn) item.words = "Uploaded.";
    return isOwn ? "uploaded" : "duplicate";
  }

  private takeTrouble(batch: UploadItem[], outcome: Exclude<SendOutcome, { kind: "answered" | "refused" }>): void {
    if (outcome.kind === "cancelled") return;
    if (outcome.kind === "unreadable") {
      const gone = batch.filter((_, place) => outcome.places.includes(place));
      this.fail(gone, "The browser cannot read this file any more. Choose it again.", false);
      this.firstWaiting = 0;
      for (const item of batch.filter(({ state }) => state === "sending")) Object.assign(item, { state: "waiting", sent: 0 });
      return;
    }
    for (const item of batch) Object.assign(item, { state: "waiting", sent: 0 });
    this.firstWaiting = 0;
    this.answersSinceStep = 0;
    this.limit = Math.max(1, Math.ceil(this.limit / 2));
    if (outcome.kind === "signed-out") return this.pause("signed-out", outcome.message);
    for (const item of batch) item.lostAnswers += 1;
    if (outcome.kind === "busy") {
      const spent = batch.filter((item) => item.lostAnswers >= MOST_TRIES);
      this.fail(spent, `The server failed at this image (${outcome.status}). Its log says why.`, true);
      this.pause("waiting", "The server is busy.");
    } else {
      this.pause("waiting", "The server cannot be reached.");
    }
  }

  private fail(items: UploadItem[], words: string, isRetryable: boolean): void {
    for (const item of items) Object.assign(item, { state: "failed", words, isRetryable });
  }

  private pause(trouble: "waiting" | "signed-out", message: string): void {
    if (this.trouble === "") this.failures += 1;
    this.trouble = trouble;
    this.message = message;
    this.pace.restart();
    this.callOff?.();
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures - 1, 16));
    this.callOff = this.ports.after(longest / 2 + (longest / 2) * this.ports.random(), () => this.wake());
  }

  private note(): void {
    let weight = 0;
    let count = 0;
    for (const item of this.items) {
      if (isFinished(item)) count += 1;
      weight += isFinished(item) ? item.weight : item.weight * item.sent * SENT_COUNTS;
    }
    this.pace.note(this.ports.now(), weight, count);
    this.onChange();
  }
}

export function isFinished(item: UploadItem): boolean {
  return item.state !== "waiting" && item.state !== "sending";
}
