/** How a prediction's tile looks: the picture, what was found on it, why it is shown, what a person said of it. */

import { element } from "../edits/elements.ts";
import { drawBoxes, keycap, markTile, noObjectsKey, type TileFace } from "../gallery/tile_face.ts";
import type { GalleryItem, PageTag } from "../gallery/types.ts";
import { placed } from "./accepting.ts";
import { isBare } from "./draft_store.ts";
import type { PredictionRecord } from "./types.ts";
import { counted, moment, origin, reason } from "./words.ts";

export interface FacePorts {
  record(image: string): PredictionRecord | null;
  isDetection(): boolean;
  /** The share from which boxes are drawn. */
  from(): number;
}

export function predictionFace(ports: FacePorts): TileFace {
  return {
    fill: (tile, item, { own, all }, canSelect) => {
      const record = ports.record(item.image);
      if (record !== null) fill(tile, item, record, own, all, canSelect, ports);
    },
    mark: markTile,
  };
}

function fill(
  tile: HTMLLIElement, item: GalleryItem, record: PredictionRecord, own: PageTag[], all: PageTag[], canSelect: boolean, ports: FacePorts,
): void {
  const isLabeled = !isBare(item);
  const said = reason(record, ports.isDetection(), ports.from());
  const words = isLabeled ? labelWords(item, own) : said.words;
  const faces = isLabeled ? own : said.named.flatMap(({ tag }) => all.find(({ id }) => id === tag) ?? []);
  const keys = isLabeled && item.hasNoObjects ? [noObjectsKey()] : faces.map(keycap);
  tile.querySelector(".cap")?.replaceChildren(...keys, element("span", "", words));
  const sub = tile.querySelector(".sub") ?? element("span", "sub");
  sub.textContent = `${moment(record.created)}, ${origin(record)}`;
  tile.querySelector(".cap")?.after(sub);
  const image = tile.querySelector("img");
  if (image) image.alt = `Prediction of ${moment(record.created)}${isLabeled ? ", labeled" : ""}:`;
  const pick = tile.querySelector<HTMLInputElement>(".pick");
  if (pick) {
    pick.hidden = !canSelect;
    pick.setAttribute("aria-label", `Select the prediction of ${moment(record.created)}`);
  }
  tile.querySelector(".labeled-word")?.remove();
  if (isLabeled) {
    const word = element("span", "badge info labeled-word", "labeled");
    word.setAttribute("aria-hidden", "true");
    tile.querySelector(".pic")?.append(word);
  }
  // A person's boxes in full lines, else the model's, dotted.
  const boxes = isLabeled ? item.boxes : placed(record.says, ports.from()).map((box) => ({ ...box, id: "" }));
  if (ports.isDetection()) drawBoxes(tile, { ...item, boxes }, all, !isLabeled);
}

function labelWords(item: GalleryItem, own: readonly PageTag[]): string {
  if (item.hasNoObjects) return "No objects";
  const names = new Map(own.map(({ id, name }) => [id, name]));
  if (item.boxes.length > 0) return counted(item.boxes.map(({ tag }) => ({ name: names.get(tag) ?? "a deleted tag" })));
  return own.map(({ name }) => name).join(", ");
}
