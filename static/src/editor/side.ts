/** The side of the editor: the tag for the next box, suggestions, the image's objects. */

import { button, element, icon, tagLabel } from "../edits/elements.ts";
import type { Box } from "../edits/types.ts";
import type { GalleryItem, PageTag } from "../gallery/types.ts";
import { find } from "../image_view/frame.ts";
import { type Offer, percent, type Suggestion } from "./suggestions.ts";
import { pixelSize } from "./words.ts";

const CROSS = "M5 5l10 10M15 5L5 15";

export interface SideActs {
  onTag(tag: PageTag): void;
  onBox(id: string): void;
  onDelete(id: string): void;
  onAccept(id: string): void;
  onDismiss(id: string): void;
  /** The pointer or the focus is on its row; "" when it left. */
  onLook(id: string): void;
}

export class Side {
  private readonly root: HTMLElement;
  private readonly acts: SideActs;
  private suggested = "";

  constructor(root: HTMLElement, acts: SideActs) {
    this.root = root;
    this.acts = acts;
  }

  drawTags(tags: readonly PageTag[], next: string, canEdit: boolean): void {
    const chips = tags.map((tag) => {
      const chip = button("chip", "", () => this.acts.onTag(tag));
      const key = element("span", "key", tag.key);
      key.dataset.tag = String(tag.color);
      key.setAttribute("aria-hidden", "true");
      chip.append(key, tag.name);
      chip.dataset.tagId = tag.id;
      chip.disabled = !canEdit;
      chip.setAttribute("aria-pressed", String(tag.id === next));
      if (/^[1-9]$/.test(tag.key)) chip.setAttribute("aria-keyshortcuts", tag.key);
      return element("li", "", chip);
    });
    this.keepingFocus('[data-part="tags"]', chips.length > 0 ? chips : [element("li", "small muted", "No tags yet. Draw a box, then type the first one.")]);
    const numbered = tags.filter(({ key }) => /^[1-9]$/.test(key)).length;
    this.part("keys-hint").textContent = numbered > 1 ? `keys 1 to ${numbered}` : "";
  }

  drawBoxes(item: GalleryItem, boxes: readonly Box[], selected: string, tags: ReadonlyMap<string, PageTag>, canEdit: boolean): void {
    this.part("count").textContent = String(boxes.length);
    const rows = boxes.map((box, index) => {
      const tag = tags.get(box.tag);
      const choose = button("item", "", () => this.acts.onBox(box.id));
      choose.append(tag === undefined ? "A tag that is new or deleted" : tagLabel(tag), element("span", "count", pixelSize(box, item)));
      choose.dataset.of = `${index}`;
      if (box.id === selected) choose.setAttribute("aria-current", "true");
      const remove = button("btn bare icon", "", () => this.acts.onDelete(box.id));
      remove.append(icon(CROSS));
      remove.setAttribute("aria-label", `Delete box ${index + 1}, ${tag?.name ?? ""}`);
      return element("li", "object-row", choose, ...(canEdit ? [remove] : []));
    });
    this.keepingFocus('[data-part="objects"]', rows);
    this.showCurrent();
    this.part("none-yet").hidden = boxes.length > 0 || item.hasNoObjects;
    const none = find(this.root, '[data-act="no-objects"]');
    none.setAttribute("aria-pressed", String(item.hasNoObjects));
    none.setAttribute("aria-disabled", String(boxes.length > 0));
    none.hidden = !canEdit;
    find(this.root, ".switch-line").hidden = !canEdit;
    for (const act of ["previous-boxes", "suggest", "type-tag", "delete"]) find(this.root, `[data-act="${act}"]`).hidden = !canEdit;
  }

  drawSuggestions(offer: Offer, open: readonly Suggestion[], tags: ReadonlyMap<string, PageTag>, picture: GalleryItem, canEdit: boolean): void {
    const { suggestions } = offer;
    this.part("suggested").hidden = suggestions === null && !offer.isAsking;
    this.part("suggested-count").textContent = String(open.length);
    this.part("suggested-by").textContent = suggestions?.source === "iteration" ? `by ${suggestions.by}` : (suggestions?.by ?? "");
    this.part("suggested-note").textContent = offer.words(open.length);
    const drawn = [picture.image, ...open.map(({ id }) => id)].join(" ");
    if (drawn === this.suggested) return; // the pointer may be on a row
    this.suggested = drawn;
    const rows = open.map((suggestion, index) => {
      const tag = suggestion.tag === null ? null : (tags.get(suggestion.tag) ?? null);
      const name = tag === null ? `Object ${index + 1}` : tagLabel(tag);
      const more = percent(suggestion.probability) || pixelSize(suggestion, picture);
      const accept = button("btn", "Accept", () => this.acts.onAccept(suggestion.id));
      const dismiss = button("btn bare icon", "", () => this.acts.onDismiss(suggestion.id));
      dismiss.append(icon(CROSS));
      dismiss.setAttribute("aria-label", "Dismiss this suggestion");
      const label = element("span", "row small", name, element("span", "muted", more));
      const row = element("li", "row between", label, ...(canEdit ? [element("span", "row", accept, dismiss)] : []));
      for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, () => this.acts.onLook(suggestion.id));
      for (const kind of ["pointerleave", "focusout"]) row.addEventListener(kind, () => this.acts.onLook(""));
      return row;
    });
    this.keepingFocus('[data-part="suggestions"]', rows);
    find(this.root, '[data-act="accept-all"]').hidden = !canEdit || open.filter(({ tag }) => tag !== null).length < 2;
  }

  locked(words: string): void {
    const place = this.part("locked");
    place.textContent = words;
    place.hidden = words === "";
  }

  part(name: string): HTMLElement {
    return find(this.root, `[data-part="${name}"]`);
  }

  /** The list scrolls to the selected box; the side stays where it is. */
  private showCurrent(): void {
    const list = this.part("objects");
    const row = list.querySelector<HTMLElement>("[aria-current]")?.parentElement;
    if (row === null || row === undefined || list.scrollHeight <= list.clientHeight) return;
    const top = row.offsetTop - list.offsetTop;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + row.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + row.offsetHeight - list.clientHeight;
  }

  /** Other rows in the place; the focus stays on the control at the same place among them. */
  private keepingFocus(selector: string, rows: HTMLElement[]): void {
    const place = find(this.root, selector);
    const controls = (): HTMLElement[] => [...place.querySelectorAll<HTMLElement>("button")];
    const at = controls().indexOf(document.activeElement as HTMLElement);
    place.replaceChildren(...rows);
    if (at >= 0) controls()[Math.min(at, controls().length - 1)]?.focus({ preventScroll: true });
  }
}
