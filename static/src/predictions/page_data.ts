/** What the server wrote into the page, read again with each filter. */

import type { PageTag } from "../gallery/types.ts";
import type { PageData, PredictionContent } from "./types.ts";

function holder(): HTMLElement {
  const found = document.getElementById("gallery-data");
  if (!found) throw new Error("no #gallery-data in this page");
  return found;
}

export function readPageData(): PageData {
  const { dataset } = holder();
  return {
    content: JSON.parse(dataset.content ?? "") as PredictionContent,
    total: Number(dataset.total),
    order: dataset.order as PageData["order"],
    threshold: Number(dataset.threshold),
    since: dataset.since ?? "",
    recent: Number(dataset.recent),
    stored: Number(dataset.stored),
    isReadOnly: "readOnly" in dataset,
    isMulticlass: "multiclass" in dataset,
    isDetection: "detection" in dataset,
  };
}

export function readTags(): PageTag[] {
  return JSON.parse(holder().dataset.tags ?? "[]") as PageTag[];
}
