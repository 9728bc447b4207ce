/** The list of images with what became of each. */

import { element, icon } from "../edits/elements.ts";
import { megabytes } from "./file_kinds.ts";
import type { UploadItem } from "./types.ts";

export const MOST_ROWS = 200;
const CHECK = "M4 10.5l4 4 8-9";
const CROSS = "M5 5l10 10M15 5L5 15";
const EQUAL = "M4 8h12M4 12h12";
const ORDER = { sending: 0, failed: 1, waiting: 2, uploaded: 3, duplicate: 3, skipped: 4, cancelled: 4 };

/** The rows to show of many: what is on its way, then what failed, then what waits, then the rest, newest first. */
export function shownItems(items: UploadItem[], most = MOST_ROWS): UploadItem[] {
  const groups: UploadItem[][] = [[], [], [], [], []];
  for (const item of items) groups[ORDER[item.state]]?.push(item);
  groups[3]?.reverse();
  return groups.flat().slice(0, most);
}

/** A list that is brought up to date row by row, so that nothing flickers and focus stays. */
export class Rows {
  private readonly list: HTMLElement;
  private readonly rows = new Map<number, { row: HTMLElement; drawn: string }>();

  constructor(list: HTMLElement) {
    this.list = list;
  }

  show(items: UploadItem[]): void {
    const wanted = new Set(items.map(({ id }) => id));
    for (const [id, { row }] of this.rows) {
      if (!wanted.has(id)) {
        row.remove();
        this.rows.delete(id);
      }
    }
    let place = this.list.firstElementChild;
    for (const item of items) {
      const row = this.rowOf(item);
      if (row === place) place = place.nextElementSibling;
      else this.list.insertBefore(row, place);
    }
  }

  private rowOf(item: UploadItem): HTMLElement {
    const drawn = `${item.state} ${item.sent.toFixed(2)} ${item.words}`;
    const known = this.rows.get(item.id);
    if (known?.drawn === drawn) return known.row;
    const row = known?.row ?? element("li", "");
    row.replaceChildren(...rowParts(item));
    this.rows.set(item.id, { row, drawn });
    return row;
  }
}

/** One row outside a kept list. */
export function rowOf(name: string, words: string): HTMLElement {
  const row = element("li", "", element("span", "", name));
  row.append(element("span", "why", words));
  return row;
}

function rowParts(item: UploadItem): Node[] {
  const name = element("span", "", item.name);
  name.title = item.file === null ? item.address || item.name : `${item.name}, ${megabytes(item.file.size)}`;
  const why = item.state === "failed" || item.state === "skipped" ? [element("span", "why", item.words)] : [];
  return [name, sign(item), ...why];
}

function sign(item: UploadItem): Node {
  switch (item.state) {
    case "sending": {
      const bar = element("progress", "");
      bar.max = 1;
      bar.setAttribute("aria-label", item.name);
      // Without a value it would run back and forth: an address has no bytes to count.
      bar.value = item.file === null ? 0.5 : item.sent;
      return bar;
    }
    case "waiting":
      return element("span", "badge", item.lostAnswers > 0 ? "Waiting to retry" : "Waiting");
    case "uploaded":
      return element("span", "badge ok", icon(CHECK), "Uploaded");
    case "duplicate":
      return element("span", "badge info", icon(EQUAL), "Already there");
    case "failed":
      return element("span", "badge bad", icon(CROSS), "Failed");
    case "skipped":
      return element("span", "badge", "Left out");
    case "cancelled":
      return element("span", "badge", "Cancelled");
  }
}
