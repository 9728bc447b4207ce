/** One request with images, and what became of it. */

import { callHeaders } from "../call.ts";
import type { ItemAnswer, SendOutcome, UploadItem } from "./types.ts";

/** A request without a byte moving for so long is given up. */
const STILL_MS = 120_000;

/** Places of files that were moved, changed or deleted since they were chosen; such a request fails like a network. */
async function unreadable(batch: UploadItem[]): Promise<number[]> {
  const places: number[] = [];
  for (const [place, { file }] of batch.entries()) {
    await file?.slice(0, 1).arrayBuffer().catch(() => places.push(place));
  }
  return places;
}

/** Send files, or addresses, that all get the same tags. Never rejected. */
export function sendBatch(
  base: string,
  batch: UploadItem[],
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const tags = batch[0]?.tags ?? [];
  const files = batch.filter((item) => item.file !== null);
  if (files.length === 0) {
    const body = JSON.stringify({ addresses: batch.map((item) => item.address), tags });
    return post(`${base}/addresses`, body, { "Content-Type": "application/json" }, () => undefined, signal);
  }
  const form = new FormData();
  for (const { file, name } of files) {
    if (file !== null) form.append("file", file, name);
  }
  const onError = async (): Promise<SendOutcome> => {
    const places = await unreadable(batch);
    return places.length > 0 ? { kind: "unreadable", places } : { kind: "unreachable" };
  };
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join("&");
  return post(`${base}?${query}`, form, {}, onSent, signal, onError);
}

function post(
  address: string,
  body: FormData | string,
  headers: Record<string, string>,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
  onError: () => Promise<SendOutcome> = async () => ({ kind: "unreachable" }),
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    // fetch() tells nothing of how much of a body has left.
    const request = new XMLHttpRequest();
    let still = 0;
    const watch = () => {
      clearTimeout(still);
      still = window.setTimeout(() => request.abort(), STILL_MS);
    };
    const end = (outcome: SendOutcome) => {
      clearTimeout(still);
      signal.removeEventListener("abort", abort);
      resolve(outcome);
    };
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.addEventListener("progress", (event) => {
      watch();
      onSent(event.loaded);
    });
    request.addEventListener("load", () => end(outcomeOf(request.status, request.responseText)));
    request.addEventListener("error", () => void onError().then(end));
    request.addEventListener("abort", () => end({ kind: signal.aborted ? "cancelled" : "unreachable" }));
    request.open("POST", address);
    for (const [name, value] of Object.entries({ ...callHeaders(), ...headers })) request.setRequestHeader(name, value);
    watch();
    request.send(body);
  });
}

/** What an answer says; one that is not our server's own counts as a busy server. */
export function outcomeOf(status: number, text: string): SendOutcome {
  let answer: { images?: ItemAnswer[]; code?: string; message?: string };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return { kind: "busy", status };
  }
  if (status === 200 && Array.isArray(answer.images)) return { kind: "answered", items: answer.images };
  const message = answer.message ?? `The server answered ${status}.`;
  if (status === 401) return { kind: "signed-out", message };
  if (status >= 500 || status === 408 || status === 429 || status < 400) return { kind: "busy", status };
  return { kind: "refused", code: answer.code ?? "", message };
}
