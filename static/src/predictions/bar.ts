/** The bar at the foot: how many are meant, their tags, the acts, and how far a move is. Also the two counts in the page. */

import { button, element } from "../edits/elements.ts";
import { keycap } from "../gallery/tile_face.ts";
import type { PageTag } from "../gallery/types.ts";
import { newWords } from "./newcomers.ts";
import { barWords } from "./words.ts";

/** The others are typed. */
const TAGS_IN_BAR = 6;

export class SelectionBar {
  /** The most that one call takes. */
  atOnce = 1;
  private readonly root: HTMLElement | null;
  private readonly onTag: (tag: string) => void;
  private drawnTags = "";

  constructor(root: HTMLElement | null, onTag: (tag: string) => void) {
    this.root = root;
    this.onTag = onTag;
  }

  setAtOnce(): void {
    this.atOnce = Number(document.getElementById("gallery-data")?.dataset.atOnce ?? 1);
  }

  hasFocus(): boolean {
    return this.root?.contains(document.activeElement) ?? false;
  }

  draw(selected: number, labeled: number, bare: number, tags: readonly PageTag[]): void {
    if (!this.root) return;
    this.root.hidden = selected === 0 && labeled === 0;
    this.root.classList.toggle("of-labeled", selected === 0);
    const count = this.root.querySelector('[data-part="count"]');
    const words = barWords(selected, labeled, bare);
    if (count && count.textContent !== words) count.textContent = words;
    this.drawTags(tags.slice(0, TAGS_IN_BAR));
  }

  /** `of` 0: nothing is under way. */
  progress(done: number, of: number): void {
    const bar = this.root?.querySelector<HTMLProgressElement>('[data-part="progress"]');
    const save = this.root?.querySelector('[data-act="save"]');
    save?.setAttribute("aria-busy", String(of > 0));
    if (!bar) return;
    bar.hidden = of === 0;
    bar.max = Math.max(1, of);
    bar.value = done;
  }

  showNew(count: number): void {
    const shown = document.getElementById("show-new");
    if (!shown) return;
    shown.hidden = count === 0;
    const words = shown.querySelector("span");
    if (words) words.textContent = newWords(count);
  }

  /** How many predictions the project has, in the bar at the top. */
  showStored(count: number): void {
    const place = document.getElementById("bar-prediction-count");
    if (place && !Number.isNaN(count)) place.textContent = String(count);
  }

  private drawTags(tags: readonly PageTag[]): void {
    const place = this.root?.querySelector('[data-part="tags"]');
    const drawn = tags.map(({ id, name, key, color }) => `${id} ${name} ${key} ${color}`).join("\n");
    if (!place || drawn === this.drawnTags) return;
    this.drawnTags = drawn;
    place.replaceChildren(
      ...tags.map((tag) => {
        const made = button("btn bare", "", () => this.onTag(tag.id));
        made.append(keycap(tag), element("span", "tag-name", tag.name));
        return made;
      }),
    );
  }
}
