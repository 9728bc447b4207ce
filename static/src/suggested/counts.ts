/** Counts of what is suggested: asked for when the page is there, since to count a hundred thousand images takes a while. */

import { callJson } from "../call.ts";

interface Counts {
  tags: Record<string, number>;
  lookedAt: number;
}

let asked = 0;

/** Count under the filter in the address, and write it where it belongs: behind the tags, and on #gallery-data. */
export async function showCounts(address: string, onShown: () => void): Promise<void> {
  const mine = ++asked;
  if (document.getElementById("gallery-data")?.dataset.by === undefined) return;
  // What cannot be had is left out: the images are there without it.
  const counts = await callJson<Counts>("GET", `${address}/counts${location.search}`).catch(() => null);
  const data = document.getElementById("gallery-data");
  if (counts === null || data === null || mine !== asked) return;
  data.dataset.lookedAt = String(counts.lookedAt);
  for (const place of document.querySelectorAll<HTMLElement>("[data-count-of]")) {
    place.textContent = (counts.tags[place.dataset.countOf ?? ""] ?? 0).toLocaleString("en-US");
  }
  onShown();
}
