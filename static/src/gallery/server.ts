/** What the gallery asks its server. */

import { callHeaders, callJson, refusal } from "../call.ts";
import type { GalleryFilter, GalleryItem, PageTag } from "./types.ts";

const ID_BYTES = 16;
const ITEMS_PER_CALL = 500;
const STATES_PER_CALL = 10_000;

/** What the page says of its filter; it comes anew with each filter. */
export interface PageData {
  filter: GalleryFilter;
  tags: PageTag[];
  first: GalleryItem[];
  total: number;
  isReadOnly: boolean;
  isMulticlass: boolean;
  isDetection: boolean;
}

/** Versions and tags of an image, enough to edit it. */
export interface EditableState {
  image: string;
  version: number;
  tags: string[];
}

export function readPageData(): PageData {
  const holder = document.getElementById("gallery-data");
  if (!holder) throw new Error("no #gallery-data in this page");
  const { filter, tags, first, total } = holder.dataset;
  return {
    filter: JSON.parse(filter ?? "{}") as GalleryFilter,
    tags: JSON.parse(tags ?? "[]") as PageTag[],
    first: JSON.parse(first ?? "[]") as GalleryItem[],
    total: Number(total),
    isReadOnly: "readOnly" in holder.dataset,
    isMulticlass: "multiclass" in holder.dataset,
    isDetection: "detection" in holder.dataset,
  };
}

/** The parts of the page that a filter changes. Throws CallError. */
export async function fetchParts(address: URL): Promise<Document> {
  const response = await fetch(address, { headers: { ...callHeaders(), "X-Gallery-Part": "1" } });
  if (!response.ok) throw await refusal(response);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Ids of all images under the filter, in order. */
export async function fetchOrder(base: string, query: string): Promise<string[]> {
  const response = await fetch(`${base}/order?${query}`, { headers: callHeaders() });
  if (!response.ok) throw await refusal(response);
  return readIds(new Uint8Array(await response.arrayBuffer()));
}

/** Ids written as 16 bytes each. */
export function readIds(bytes: Uint8Array): string[] {
  const ids: string[] = [];
  for (let start = 0; start + ID_BYTES <= bytes.length; start += ID_BYTES) {
    const hex = [...bytes.subarray(start, start + ID_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    ids.push([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-"));
  }
  return ids;
}

export async function fetchItems(base: string, query: string, images: string[]): Promise<GalleryItem[]> {
  const calls = chunks(images, ITEMS_PER_CALL).map((some) =>
    callJson<{ items: GalleryItem[] }>("POST", `${base}/items?${query}`, { images: some }),
  );
  return (await Promise.all(calls)).flatMap(({ items }) => items);
}

export async function fetchStates(base: string, images: string[]): Promise<EditableState[]> {
  const found: EditableState[] = [];
  for (const some of chunks(images, STATES_PER_CALL)) {
    const { states } = await callJson<{ states: [string, number, ...string[]][] }>("POST", `${base}/states`, { images: some });
    for (const [image, version, ...tags] of states) found.push({ image, version, tags });
  }
  return found;
}

/** What came of images put into the locked test set, or taken out (training/pages/test_set.py). */
export interface TestSetAnswer {
  words: string;
  /** All that came in, near-duplicates too, or went out. */
  changed: string[];
  isIn: boolean;
}

/** Put the images into the locked test set, or take them out. Throws CallError. */
export async function putIntoTestSet(project: string, images: string[], isIn: boolean): Promise<TestSetAnswer[]> {
  const answers: TestSetAnswer[] = [];
  for (const some of chunks(images, STATES_PER_CALL)) {
    answers.push(await callJson<TestSetAnswer>("POST", `/projects/${project}/test-set/images`, { images: some, isIn }));
  }
  return answers;
}

export function chunks<Each>(all: Each[], size: number): Each[][] {
  const parts: Each[][] = [];
  for (let start = 0; start < all.length; start += size) parts.push(all.slice(start, start + size));
  return parts;
}
