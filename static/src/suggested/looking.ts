/** The line that lets the iteration look at more images: call by call, with a bar, the time left, and Cancel. */

import { callJson } from "../call.ts";
import { find } from "../image_view/frame.ts";
import { LookPace } from "./look_pace.ts";
import { idleWords, progressWords } from "./words.ts";

interface Looked {
  count: number;
  after: string | null;
  trouble: string;
}

export interface LookingActs {
  /** Some were looked at; counts are others now. */
  onProgress(): void;
  /** As many as were asked for, or as there are. */
  onDone(): void;
}

export class Looking {
  private readonly form: HTMLFormElement;
  private readonly address: string;
  private readonly acts: LookingActs;
  private isLooking = false;
  private isCancelled = false;
  /** Where an earlier look ended: what lies before it is not walked through again. */
  private after: string | null = null;
  private by = "";
  private trouble = "";

  constructor(form: HTMLFormElement, address: string, acts: LookingActs) {
    this.form = form;
    this.address = address;
    this.acts = acts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.look();
    });
    this.part("cancel").addEventListener("click", () => {
      this.isCancelled = true;
      (this.part("cancel") as HTMLButtonElement).disabled = true;
    });
    this.draw();
  }

  /** The page's counts came anew, or another iteration was chosen. */
  draw(): void {
    const { by = "", byName = "", untagged = "0", lookedAt = "" } = document.getElementById("gallery-data")?.dataset ?? {};
    if (by !== this.by) this.after = null;
    this.by = by;
    this.form.hidden = by === "" || untagged === "0";
    // Before they are counted (counts.ts), there is nothing to say.
    if (this.isLooking || this.form.hidden || lookedAt === "") return;
    const left = Number(untagged) - Number(lookedAt);
    for (const name of ["go", "count"]) this.part(name).hidden = left <= 0;
    this.form.classList.toggle("over", left <= 0);
    if (this.field.valueAsNumber > left && left > 0) this.field.value = String(left);
    this.part("words").textContent = [this.trouble, idleWords(Number(untagged), Number(lookedAt), byName)].filter((part) => part !== "").join(" ");
    this.part("go").classList.toggle("primary", lookedAt === "0");
  }

  private get field(): HTMLInputElement {
    return find<HTMLInputElement>(this.form, "#look-count");
  }

  private part(name: string): HTMLElement {
    return find(this.form, `[data-part="${name}"]`);
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    const { untagged = "0", lookedAt = "0" } = document.getElementById("gallery-data")?.dataset ?? {};
    const wanted = Math.max(1, Math.min(this.field.valueAsNumber || 1, Number(untagged) - Number(lookedAt)));
    this.begin();
    const pace = new LookPace();
    let done = 0;
    try {
      for (let left = wanted; left > 0 && !this.isCancelled; left = wanted - done) {
        const started = performance.now();
        const looked = await callJson<Looked>("POST", `${this.address}/look`, { by: this.by, count: pace.nextCount(left), after: this.after });
        pace.note(looked.count, performance.now() - started);
        done += looked.count;
        this.trouble = looked.trouble === "" ? this.trouble : looked.trouble;
        this.show(done, wanted, pace.secondsFor(wanted - done));
        this.acts.onProgress();
        // At the end the walk begins anew: images may have come meanwhile, newer than where it began.
        this.after = looked.after;
        if (looked.after === null) break;
      }
    } catch (error) {
      this.trouble = error instanceof Error && error.name === "CallError" ? error.message : "The server does not answer: what was looked at is kept. Look on.";
    }
    this.end();
  }

  private begin(): void {
    this.isLooking = true;
    this.isCancelled = false;
    this.trouble = "";
    const hadFocus = this.form.contains(document.activeElement);
    for (const name of ["go", "count"]) this.part(name).hidden = true;
    for (const name of ["cancel", "bar"]) this.part(name).hidden = false;
    (this.part("cancel") as HTMLButtonElement).disabled = false;
    if (hadFocus) this.part("cancel").focus();
    this.show(0, 1, null);
    this.part("words").textContent = "Loading the model";
  }

  private end(): void {
    this.isLooking = false;
    const hadFocus = this.form.contains(document.activeElement);
    for (const name of ["cancel", "bar"]) this.part(name).hidden = true;
    for (const name of ["go", "count"]) this.part(name).hidden = false;
    if (hadFocus) this.part("go").focus();
    this.acts.onDone();
  }

  private show(done: number, wanted: number, secondsLeft: number | null): void {
    const bar = this.part("bar") as HTMLProgressElement;
    bar.max = wanted;
    bar.value = done;
    this.part("words").textContent = progressWords(done, wanted, secondsLeft);
  }
}
