/** What the image view says of an image. */

import type { GalleryFilter } from "../gallery/types.ts";

/** "210 kB", "3.4 MB". */
export function fileSize(bytes: number): string {
  if (bytes < 1000 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} kB`;
  return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}

/** What the images are that one goes through. */
export function filterWords(filter: GalleryFilter, tagNames: string[]): string {
  const parts: string[] = [];
  if (filter.tagging !== "all") parts.push(filter.tagging);
  if (tagNames.length > 0) parts.push(tagNames.join(" or "));
  if (filter.name !== "") parts.push(`“${filter.name}”`);
  if (filter.isOnlyWrong) parts.push("wrong");
  return parts.length === 0 ? "all images" : parts.join(", ");
}

const MOMENT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

/** "24 Nov 2026, 14:05", in the reader's time zone. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : MOMENT.format(date);
}

export function place(index: number, count: number): string {
  return index < 0 ? "" : `${(index + 1).toLocaleString("en-US")} of ${count.toLocaleString("en-US")}`;
}

/** An image without a name is told by its id. */
export function nameOf(name: string, image: string): string {
  return name === "" ? `Image ${image.slice(0, 8)}` : name;
}
