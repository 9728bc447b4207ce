/** What is known of the image: file, size, who added and tagged it. */

import { callJson } from "../call.ts";
import { element } from "../edits/elements.ts";
import type { GalleryItem, GalleryPage } from "../gallery/types.ts";
import { find } from "./frame.ts";
import type { ImageDetails } from "./types.ts";
import { fileSize, moment, nameOf } from "./words.ts";

const CHOSEN = {
  hand: "chosen by hand",
  filter: "chosen by a filter",
  random: "drawn at random",
  "near duplicate": "it looks nearly the same as one that was chosen",
} as const;

function testSetRows(choice: ImageDetails["testSet"]): [string, string][] {
  return choice === "" ? [] : [["Test set", `Locked, never trained on; ${CHOSEN[choice]}`]];
}

/** While images fly by, the server is not asked about each. */
export const ASKED_AFTER_MS = 250;

export class Facts {
  private readonly root: HTMLElement;
  private readonly page: GalleryPage;
  private image = "";
  private timer = 0;

  constructor(root: HTMLElement, page: GalleryPage) {
    this.root = root;
    this.page = page;
  }

  show(item: GalleryItem): void {
    if (this.image === item.image) return;
    this.image = item.image;
    const facts = this.page.factsOf?.(item.image);
    if (facts !== undefined) return this.write(facts);
    this.write([
      ["File", nameOf(item.name, item.image)],
      ["Size", `${item.width} x ${item.height}`],
    ]);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(item.image), ASKED_AFTER_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.image = "";
  }

  private async ask(image: string): Promise<void> {
    const { iteration } = this.page.filter();
    const query = iteration === "" ? "" : `?iteration=${iteration}`;
    // What cannot be had is left out: the picture and its labels are there without it.
    const details = await callJson<ImageDetails>("GET", `/projects/${this.page.project}/images/${image}/state${query}`).catch(() => null);
    if (details === null || this.image !== image) return;
    this.write([
      ["File", nameOf(details.name, details.image)],
      ["Size", `${details.width} x ${details.height}, ${fileSize(details.sizeBytes)}`],
      ["Added", `${moment(details.added)}${details.addedBy === "" ? "" : ` by ${details.addedBy}`}`],
      ...testSetRows(details.testSet),
      ...details.tags
        .filter(({ by }) => by !== "")
        .map(({ name, by, since }): [string, string] => ["Tagged", `${name} by ${by}, ${moment(since)}`]),
      ...Object.entries(details.metadata).map(([key, value]): [string, string] => ["Metadata", `${key}: ${value}`]),
    ]);
  }

  private write(rows: [string, string][]): void {
    const parts = rows.flatMap(([name, words]) => [element("dt", "", name), element("dd", "", words)]);
    find(this.root, '[data-part="facts"]').replaceChildren(...parts);
  }
}
