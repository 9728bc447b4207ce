/** The filter pane and head: every filter is in the address; a change asks the server for these parts alone. */

import { CallError } from "../call.ts";
import { toast } from "../toast.ts";
import { fetchParts } from "./server.ts";

const PARTS = ["gallery-filters", "gallery-head"];
const TYPING_PAUSE_MS = 250;

export class Filters {
  private readonly onShown: () => void;
  private shown: string;
  private typing = 0;
  private asked = 0;

  constructor(onShown: () => void) {
    this.onShown = onShown;
    this.shown = this.query();
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("change", (event) => this.changed(event.target));
    document.addEventListener("input", (event) => this.typed(event.target));
    document.getElementById("gallery-pane")?.addEventListener("keydown", (event) => {
      const isOpen = document.getElementById("gallery-pane")?.classList.contains("open") ?? false;
      if (event.key === "Escape" && isOpen) this.showPane(false);
    });
    addEventListener("popstate", () => {
      // The image view moves in the history too, under the same filter.
      if (this.query() !== this.shown) void this.show(new URL(location.href), "none");
    });
  }

  /** Query of the filters alone, without the image that is open. */
  query(): string {
    const parameters = new URLSearchParams(location.search);
    parameters.delete("image");
    return parameters.toString();
  }

  /** Draw pane and head again from the server; a new address makes an entry in the history, or takes this one's place. */
  async show(address: URL, entry: "new" | "same" | "none"): Promise<void> {
    const asked = ++this.asked;
    if (entry === "new") history.pushState({}, "", address);
    if (entry === "same") history.replaceState(history.state, "", address);
    this.shown = this.query();
    try {
      await this.replaceParts(address, asked);
    } catch (error) {
      const message = error instanceof CallError ? error.message : "The server does not answer, so the filter is not shown.";
      toast(message, { label: "Try again", run: () => void this.show(address, "none") });
      return;
    }
    if (asked === this.asked) this.onShown();
  }

  /** Counts and warnings may be old: draw them again, and leave the tiles as they are. */
  async refreshParts(): Promise<void> {
    await this.replaceParts(new URL(location.href), this.asked).catch(() => undefined);
  }

  private async replaceParts(address: URL, asked: number): Promise<void> {
    const parts = await fetchParts(address);
    if (asked !== this.asked) return;
    const active = document.activeElement;
    const focused = active instanceof HTMLElement ? active.id : "";
    const typed = active instanceof HTMLInputElement && active.type === "search" ? active : null;
    for (const id of PARTS) {
      const part = parts.getElementById(id);
      const old = document.getElementById(id);
      if (!part || !old) continue;
      old.replaceWith(document.adoptNode(part));
      window.htmx.process(part);
    }
    const again = document.getElementById(focused);
    again?.focus({ preventScroll: true });
    if (typed && again instanceof HTMLInputElement) {
      again.value = typed.value;
      again.setSelectionRange(typed.selectionStart, typed.selectionEnd);
    }
    this.filterTagList();
    const isOpen = document.getElementById("gallery-pane")?.classList.contains("open") ?? false;
    document.getElementById("open-filters")?.setAttribute("aria-expanded", String(isOpen));
    this.countInBar();
  }

  /** The bar counts the workspace's images, whatever the filter. */
  private countInBar(): void {
    const count = document.getElementById("gallery-data")?.dataset.workspace;
    const place = document.getElementById("bar-image-count");
    if (count !== undefined && place) place.textContent = count;
  }

  private changeTo(change: (parameters: URLSearchParams) => void, entry: "new" | "same" = "new"): void {
    const address = new URL(location.href);
    address.searchParams.delete("image");
    change(address.searchParams);
    void this.show(address, entry);
  }

  private clicked(event: MouseEvent): void {
    const target = event.target as Element;
    const link = target.closest<HTMLAnchorElement>("a[data-filter]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      void this.show(new URL(link.href), "new");
    }
    const tag = target.closest<HTMLElement>("[data-drop-tag]")?.dataset.dropTag;
    if (tag !== undefined) this.changeTo((parameters) => parameters.delete("tag", tag));
    if (target.closest("[data-drop-name]")) this.changeTo((parameters) => parameters.delete("name"));
    if (target.closest("#open-filters")) this.showPane(true);
    if (target.closest("#close-filters")) this.showPane(false);
  }

  private changed(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const { parameter } = target.dataset;
    if (!parameter || target.type === "search") return;
    // A slider that is moved ten times is one step back.
    const entry = target.type === "range" && new URLSearchParams(location.search).has(parameter) ? "same" : "new";
    this.changeTo((parameters) => {
      if (target instanceof HTMLInputElement && target.type === "checkbox") {
        parameters.delete(parameter, target.value);
        if (target.checked) parameters.append(parameter, target.value);
        if (parameter === "tag" && parameters.get("tagging") === "untagged") parameters.delete("tagging");
      } else if (target.value === "") {
        parameters.delete(parameter);
      } else {
        parameters.set(parameter, target.value);
      }
      if (parameter === "iteration" && target.value === "") parameters.delete("wrong");
    }, entry);
  }

  private typed(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.id === "filter-tag-search") return this.filterTagList();
    if (target.dataset.parameter !== "name") return;
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      const name = target.value.trim();
      const before = new URLSearchParams(location.search).get("name") ?? "";
      if (name === before) return;
      // One search is one step back, however often one paused while typing it.
      this.changeTo((parameters) => {
        if (name === "") parameters.delete("name");
        else parameters.set("name", name);
      }, before === "" ? "new" : "same");
    }, TYPING_PAUSE_MS);
  }

  private filterTagList(): void {
    const wanted = document.querySelector<HTMLInputElement>("#filter-tag-search")?.value.trim().toLowerCase() ?? "";
    for (const row of document.querySelectorAll<HTMLElement>("#filter-tag-list > li[data-name]")) {
      row.hidden = !(row.dataset.name ?? "").includes(wanted);
    }
  }

  /** On a small screen the pane lies over the images until it is closed. */
  private showPane(isOpen: boolean): void {
    const pane = document.getElementById("gallery-pane");
    const opener = document.getElementById("open-filters");
    pane?.classList.toggle("open", isOpen);
    opener?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) pane?.querySelector<HTMLElement>("#close-filters")?.focus();
    else opener?.focus();
  }
}
