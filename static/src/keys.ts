/** Keyboard shortcuts: bound once, shown by `?`, silent in fields and dialogs, single letters can be switched off. */

import { openDialog } from "./dialogs";

export interface KeyBinding {
  /** As `KeyboardEvent.key`, with Control+ (also Command), Shift+, Alt+ before; or two letters, "g i". */
  keys: string[];
  /** Where it holds, as the help names it: "Anywhere", "Gallery", "Image view". */
  scope: string;
  words: string;
  run: (event: KeyboardEvent) => void;
  /** False where it does not apply at the moment: the key is then left alone. */
  when?: () => boolean;
}

const STORED_UNDER = "sightline-single-keys";
const SEQUENCE_WITHIN_MS = 1200;
declare global {
  interface Window {
    /** Shared, because each script of a page is a bundle of its own. */
    sightlineKeys?: KeyBinding[];
  }
}

const bindings: KeyBinding[] = (window.sightlineKeys ??= []);
let firstOfTwo = "";
let firstAt = 0;

/** Bind keys; the later binding is asked first. Returns a function that takes it away. */
export function bindKey(binding: KeyBinding): () => void {
  bindings.unshift(binding);
  return () => {
    const index = bindings.indexOf(binding);
    if (index >= 0) bindings.splice(index, 1);
  };
}

function named(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift is part of what a sign is: "?" needs it on some keyboards and not on others.
  const isSign = event.key.length === 1 && event.key !== " " && event.key.toLowerCase() === event.key.toUpperCase();
  return [
    event.ctrlKey || event.metaKey ? "Control+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey && !isSign ? "Shift+" : "",
    key,
  ].join("");
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

function areSingleKeysOff(): boolean {
  return localStorage.getItem(STORED_UNDER) === "off";
}

export function listenForKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const name = named(event);
    const isSequence = firstOfTwo !== "" && performance.now() - firstAt < SEQUENCE_WITHIN_MS;
    const sequence = isSequence ? `${firstOfTwo} ${name}` : "";
    firstOfTwo = "";
    if (name.length === 1 && name !== "?" && areSingleKeysOff()) return;
    for (const wanted of sequence ? [sequence, name] : [name]) {
      const binding = bindings.find((one) => one.keys.includes(wanted) && (one.when?.() ?? true));
      if (!binding) continue;
      event.preventDefault();
      binding.run(event);
      return;
    }
    if (bindings.some((one) => one.keys.some((key) => key.startsWith(`${name} `)))) {
      firstOfTwo = name;
      firstAt = performance.now();
    }
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-help]")) showHelp();
  });
  bindKey({ keys: ["?"], scope: "Anywhere", words: "Show these shortcuts", run: showHelp });
}

/** The keys that hold on every page: to the three places, and to the search field. */
export function bindPlaceKeys(): void {
  const places = [...document.querySelectorAll<HTMLAnchorElement>(".bar .places a")];
  const to = (letter: string, words: string, path: string) => {
    const link = places.find((place) => place.pathname.endsWith(path));
    if (!link) return;
    bindKey({ keys: [`g ${letter}`], scope: "Anywhere", words, run: () => location.assign(link.href) });
  };
  to("i", "Training images", "/images");
  to("p", "Performance", "/performance");
  to("r", "Predictions", "/predictions");
  const search = document.querySelector<HTMLInputElement>('main input[type="search"]');
  if (search) bindKey({ keys: ["/"], scope: "Anywhere", words: "Search", run: () => search.focus() });
}

const SHOWN_KEYS: Record<string, string> = {
  Control: "Ctrl", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc", PageDown: "PgDn", PageUp: "PgUp",
};

function keycaps(keys: string): HTMLElement {
  const holder = document.createElement("span");
  holder.className = "row";
  for (const part of keys.split(/[+ ]/)) {
    const cap = document.createElement("kbd");
    cap.textContent = SHOWN_KEYS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
    holder.append(cap);
  }
  return holder;
}

function showHelp(): void {
  const content = document.createDocumentFragment();
  const head = document.createElement("header");
  head.className = "between";
  const title = document.createElement("h2");
  title.id = "dialog-title";
  title.textContent = "Keyboard shortcuts";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.dataset.close = "";
  close.textContent = "Close";
  head.append(title, close);
  const body = document.createElement("div");
  body.className = "body stack";
  for (const scope of [...new Set(bindings.map((binding) => binding.scope))].reverse()) {
    const part = document.createElement("section");
    part.className = "stack tight";
    const name = document.createElement("h3");
    name.textContent = scope;
    const list = document.createElement("dl");
    list.className = "keys";
    for (const binding of bindings.filter((one) => one.scope === scope).reverse()) {
      const keys = document.createElement("dt");
      keys.append(keycaps(binding.keys[0] ?? ""));
      const words = document.createElement("dd");
      words.textContent = binding.words;
      list.append(keys, words);
    }
    part.append(name, list);
    body.append(part);
  }
  const label = document.createElement("label");
  label.className = "row small";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = !areSingleKeysOff();
  box.addEventListener("change", () => localStorage.setItem(STORED_UNDER, box.checked ? "on" : "off"));
  label.append(box, "Single letters and digits act");
  body.append(label);
  content.append(head, body);
  openDialog(content);
}
