/** First step: which images, and which tags they get. */

import { element, tagLabel } from "../edits/elements.ts";
import type { GalleryPage, PageTag } from "../gallery/types.ts";
import { addressesIn, nameOf } from "./addresses.ts";
import { choiceFor, type FolderChoice, sameName, type TagChoice, tagsOf, withTag } from "./batch_tags.ts";
import { megabytes, problemOf } from "./file_kinds.ts";
import type { Gathered } from "./gathered.ts";
import { find, part } from "./parts.ts";
import { rowOf } from "./rows.ts";
import type { UploadItem } from "./types.ts";
import { images } from "./words.ts";

const SHOWN_THUMBS = 11;
const SHOWN_CHIPS = 9;
const LEFT_OUT_ROWS = 100;
const CHECKED_AT_ONCE = 16;
const ADDRESS_WEIGHT = 500_000;

interface ChosenImage {
  name: string;
  file: File | null;
  address: string;
  folder: string;
}

let lastItem = 0;

function newItem(name: string, file: File | null, address: string, tags: string[]): UploadItem {
  lastItem += 1;
  return {
    id: lastItem,
    name,
    file,
    address,
    weight: file === null ? ADDRESS_WEIGHT : file.size,
    tags,
    state: "waiting",
    sent: 0,
    lostAnswers: 0,
    firstSentAt: 0,
    image: null,
    words: "",
    isRetryable: false,
  };
}

export class Chooser {
  private readonly root: HTMLElement;
  private readonly page: GalleryPage;
  private readonly onChange: () => void;
  private chosen: ChosenImage[] = [];
  private leftOut: { name: string; words: string }[] = [];
  private folders = new Map<string, FolderChoice>();
  private tags: TagChoice[] = [];
  private thumbs: string[] = [];
  private checking = 0;

  constructor(root: HTMLElement, page: GalleryPage, onChange: () => void) {
    this.root = root;
    this.page = page;
    this.onChange = onChange;
    find<HTMLInputElement>(root, '[list="upload-tag-names"]').addEventListener("keydown", (event) => this.typed(event));
    find(root, '[data-act="clear"]').addEventListener("click", () => this.clear());
    find(root, '[data-act="add-addresses"]').addEventListener("click", () => this.addTyped());
    page.onTagsChanged(() => this.draw());
  }

  get count(): number {
    return this.chosen.length;
  }

  get isEmpty(): boolean {
    return this.chosen.length === 0 && this.leftOut.length === 0 && this.checking === 0;
  }

  get isChecking(): boolean {
    return this.checking > 0;
  }

  /** Take these in, each looked at first; what cannot be taken is listed with the reason. */
  async add({ files, addresses }: Gathered): Promise<void> {
    this.checking += files.length;
    this.draw();
    for (let start = 0; start < files.length; start += CHECKED_AT_ONCE) {
      const some = files.slice(start, start + CHECKED_AT_ONCE);
      const problems = await Promise.all(some.map(({ file }) => problemOf(file)));
      some.forEach(({ file, folder }, index) => {
        const words = problems[index] ?? null;
        if (words === null) this.chosen.push({ name: file.name, file, address: "", folder });
        else this.leftOut.push({ name: folder === "" ? file.name : `${folder}/${file.name}`, words });
      });
      this.checking -= some.length;
    }
    const known = new Set(this.chosen.map(({ address }) => address));
    for (const address of addresses.filter((one) => !known.has(one))) {
      this.chosen.push({ name: nameOf(address), file: null, address, folder: "" });
    }
    this.countFolders();
    this.draw();
  }

  clear(): void {
    this.chosen = [];
    this.leftOut = [];
    this.folders.clear();
    this.draw();
  }

  /** The images as items to send; tags that are new are made first. Throws CallError when one cannot be. */
  async take(): Promise<{ items: UploadItem[]; leftOut: UploadItem[] }> {
    const ids = new Map<string, string>();
    for (const { name, id } of this.wantedTags()) {
      ids.set(name.toLowerCase(), id === "" ? (await this.page.createTag(name)).id : id);
    }
    const items = this.chosen.map(({ name, file, address, folder }) => {
      const tags = this.tagsFor(folder).map((tag) => ids.get(tag.name.toLowerCase()) ?? tag.id);
      return newItem(name, file, address, tags);
    });
    const leftOut = this.leftOut.map(({ name, words }) => {
      return Object.assign(newItem(name, null, "", []), { state: "skipped" as const, words });
    });
    this.clear();
    return { items, leftOut };
  }

  private tagsFor(folder: string): TagChoice[] {
    const isTicked = this.folders.get(folder)?.isTicked ?? false;
    if (this.page.isDetection) return [];
    return tagsOf(isTicked ? choiceFor(folder, this.page.tags()) : null, this.tags, this.page.isMulticlass);
  }

  private wantedTags(): TagChoice[] {
    const wanted = new Map<string, TagChoice>();
    for (const folder of new Set(this.chosen.map((image) => image.folder))) {
      for (const tag of this.tagsFor(folder)) wanted.set(tag.name.toLowerCase(), tag);
    }
    return [...wanted.values()];
  }

  private countFolders(): void {
    const counts = new Map<string, number>();
    for (const { folder } of this.chosen) {
      if (folder !== "") counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    for (const [folder, count] of counts) {
      const isTicked = this.folders.get(folder)?.isTicked ?? true;
      this.folders.set(folder, { folder, count, isTicked });
    }
  }

  private typed(event: KeyboardEvent): void {
    const field = event.target as HTMLInputElement;
    if (event.key !== "Enter" || field.value.trim() === "") return;
    event.preventDefault();
    this.tags = withTag(this.tags, choiceFor(field.value, this.page.tags()), this.page.isMulticlass);
    field.value = "";
    this.draw();
  }

  private addTyped(): void {
    const field = find<HTMLTextAreaElement>(this.root, "textarea");
    const addresses = addressesIn(field.value);
    part(this.root, "address-words").textContent =
      addresses.length === 0 ? "No address found. One starts with http:// or https://." : `${images(addresses.length)} added.`;
    if (addresses.length === 0) return field.focus();
    field.value = "";
    void this.add({ files: [], addresses });
  }

  private toggle(tag: TagChoice): void {
    const others = this.tags.filter((one) => !sameName(one.name, tag.name));
    this.tags = others.length < this.tags.length ? others : withTag(this.tags, tag, this.page.isMulticlass);
    this.draw();
  }

  draw(): void {
    const bytes = this.chosen.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
    part(this.root, "chosen").hidden = this.isEmpty;
    part(this.root, "count").textContent =
      this.checking > 0 ? `Looking at ${this.checking.toLocaleString("en-US")} files` : `${images(this.count)}, ${megabytes(bytes)}`;
    find(this.root, ".upload-drop").toggleAttribute("data-small", !this.isEmpty);
    this.drawThumbs();
    this.drawFolders();
    this.drawTags();
    this.drawLeftOut();
    this.onChange();
  }

  private drawThumbs(): void {
    for (const address of this.thumbs) URL.revokeObjectURL(address);
    const shown = this.checking > 0 ? [] : this.chosen.filter(({ file }) => file !== null).slice(0, SHOWN_THUMBS);
    this.thumbs = shown.map(({ file }) => URL.createObjectURL(file as File));
    const pictures = shown.map(({ name }, index) => {
      const picture = element("img", "");
      Object.assign(picture, { src: this.thumbs[index], alt: name, decoding: "async", title: name });
      return element("li", "", picture);
    });
    const more = this.count - shown.length;
    if (more > 0 && shown.length > 0) pictures.push(element("li", "", `+${more.toLocaleString("en-US")}`));
    part(this.root, "thumbs").replaceChildren(...pictures);
  }

  private drawFolders(): void {
    const field = part<HTMLFieldSetElement>(this.root, "folders");
    field.hidden = this.folders.size === 0 || this.page.isDetection;
    const rows = [...this.folders.values()].map((choice) => {
      const box = element("input", "");
      Object.assign(box, { type: "checkbox", checked: choice.isTicked });
      box.addEventListener("change", () => {
        choice.isTicked = box.checked;
        this.draw();
        find<HTMLInputElement>(field, `input[data-folder="${CSS.escape(choice.folder)}"]`).focus();
      });
      box.dataset.folder = choice.folder;
      const tag = choiceFor(choice.folder, this.page.tags());
      const name = "key" in tag ? tagLabel(tag as PageTag) : element("span", "row", choice.folder, element("span", "badge info", "New tag"));
      const count = element("span", "count", images(choice.count));
      return element("li", "", element("label", "", box, name, count));
    });
    find(field, "ul").replaceChildren(...rows);
  }

  private drawTags(): void {
    const isAllFolders = this.folders.size > 0 && this.chosen.every(({ folder }) => this.folders.get(folder)?.isTicked);
    part(this.root, "tags-for").textContent = this.page.isMulticlass && this.folders.size > 0 ? "the rest" : "all of these";
    part(this.root, "tags").hidden = this.page.isDetection || (this.page.isMulticlass && isAllFolders);
    part(this.root, "tags-hint").textContent = this.page.isMulticlass
      ? "One tag an image in this project. Without one they wait under Untagged."
      : "Without a tag they wait under Untagged.";
    const all = this.page.tags();
    const shown = all.filter((tag, index) => index < SHOWN_CHIPS || this.tags.some(({ name }) => sameName(name, tag.name)));
    const made = this.tags.filter(({ id }) => id === "" && !all.some(({ name }) => sameName(name, id)));
    const chips = [...shown, ...made.filter(({ name }) => !all.some((tag) => sameName(tag.name, name)))].map((tag) => this.chip(tag));
    part(this.root, "tag-chips").replaceChildren(...chips.map((chip) => element("li", "", chip)));
    find(this.root, "datalist").replaceChildren(...all.map(({ name }) => Object.assign(element("option", ""), { value: name })));
  }

  private chip(tag: TagChoice | PageTag): HTMLElement {
    const label = "key" in tag ? tagLabel(tag) : element("span", "row", tag.name, element("span", "badge info", "New tag"));
    const chip = element("button", "chip", label);
    chip.type = "button";
    chip.dataset.name = tag.name;
    chip.setAttribute("aria-pressed", String(this.tags.some(({ name }) => sameName(name, tag.name))));
    chip.addEventListener("click", () => {
      this.toggle(tag);
      this.root.querySelector<HTMLElement>(`.chip[data-name="${CSS.escape(tag.name)}"]`)?.focus();
    });
    return chip;
  }

  private drawLeftOut(): void {
    const details = part(this.root, "left-out");
    details.hidden = this.leftOut.length === 0;
    const count = this.leftOut.length;
    find(details, "summary").textContent = `${count.toLocaleString("en-US")} ${count === 1 ? "file is" : "files are"} left out`;
    find(details, "ul").replaceChildren(...this.leftOut.slice(0, LEFT_OUT_ROWS).map(({ name, words }) => rowOf(name, words)));
  }
}
