/** Which of the waiting images travel in the next request. */

import type { UploadItem } from "./types.ts";

export const MOST_FILES = 16;
export const MOST_ADDRESSES = 8;
const MOST_BYTES = 8 * 1024 * 1024;
const LEAST_BYTES = 256 * 1024;
/** A request should take about so long: short enough to show progress and to lose little when it breaks. */
const WANTED_SECONDS = 1.5;

/** How many bytes a request should carry at `bytesPerSecond` over all `requests` together; null: not known yet. */
export function wantedBytes(bytesPerSecond: number | null, requests: number): number {
  if (bytesPerSecond === null) return 2 * 1024 * 1024;
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, (bytesPerSecond / requests) * WANTED_SECONDS));
}

/**
 * The first of the waiting and those behind it that can go along: of the same kind and with the same tags, at most
 * `mostBytes` (but always one). An item that already broke requests goes alone, so that it breaks no others.
 */
export function nextBatch(items: Iterable<UploadItem>, mostBytes: number): UploadItem[] {
  const batch: UploadItem[] = [];
  let bytes = 0;
  for (const item of items) {
    if (item.state !== "waiting") continue;
    const first = batch[0];
    if (first === undefined) {
      batch.push(item);
      bytes = item.weight;
      if (item.lostAnswers > 1) break;
      continue;
    }
    const most = first.file === null ? MOST_ADDRESSES : MOST_FILES;
    const isAlike = (first.file === null) === (item.file === null) && haveSame(first.tags, item.tags);
    if (!isAlike || item.lostAnswers > 1) continue;
    if (first.file !== null && bytes + item.weight > mostBytes) break;
    batch.push(item);
    bytes += item.weight;
    if (batch.length >= most) break;
  }
  return batch;
}

function haveSame(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((tag) => others.includes(tag));
}

/** Tell each file how much of it has left, from how much of the whole request has: they travel one after another. */
export function spreadSent(batch: UploadItem[], sentBytes: number): void {
  let left = sentBytes;
  for (const item of batch) {
    item.sent = item.weight === 0 ? 1 : Math.max(0, Math.min(1, left / item.weight));
    left -= item.weight;
  }
}
