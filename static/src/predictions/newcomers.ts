/** Predictions that came since the page was drawn: told by a button, never by tiles that move. */

import { callJson } from "../call.ts";

const ASKED_EVERY_MS = 1_000;
const AFTER_TROUBLE_MS = 10_000;
const MOST_TOLD = 100;

export class Newcomers {
  private readonly address: string;
  private readonly onCount: (count: number) => void;
  private query = "";
  private since = "";
  private recent = 0;
  private timer = 0;

  constructor(address: string, onCount: (count: number) => void) {
    this.address = address;
    this.onCount = onCount;
    document.addEventListener("visibilitychange", () => this.wait(0));
  }

  /** The page is drawn; `recent` came after `since` and are on it. */
  start(query: string, since: string, recent: number): void {
    Object.assign(this, { query, since, recent });
    this.onCount(0);
    this.wait(ASKED_EVERY_MS);
  }

  /** A prediction of that moment is gone. */
  left(created: string): void {
    if (new Date(created) >= new Date(this.since)) this.recent -= 1;
  }

  private wait(pauseMs: number): void {
    clearTimeout(this.timer);
    // A page that nobody sees asks nothing.
    if (document.visibilityState === "visible") this.timer = window.setTimeout(() => void this.ask(), pauseMs);
  }

  private async ask(): Promise<void> {
    const { query, since } = this;
    const parameters = new URLSearchParams(query);
    parameters.set("since", since);
    try {
      const { count } = await callJson<{ count: number }>("GET", `${this.address}?${parameters.toString()}`);
      if (query === this.query && since === this.since) this.onCount(Math.max(0, count - this.recent));
      this.wait(ASKED_EVERY_MS);
    } catch {
      this.wait(AFTER_TROUBLE_MS);
    }
  }
}

/** "3 new", "100+ new". */
export function newWords(count: number): string {
  return count > MOST_TOLD ? `${MOST_TOLD}+ new` : `${count} new`;
}
