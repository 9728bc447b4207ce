/** Where the focus goes when what had it is drawn anew or is gone: never to nowhere. */

const STORED_UNDER = "sightline-focus";

/** A selector that finds the element again in fresh markup; empty where nothing names it. */
export function selectorOf(element: Element | null): string {
  if (!element || element === document.body) return "";
  if (element.id !== "") return `#${CSS.escape(element.id)}`;
  for (const name of ["hx-get", "hx-post", "href", "popovertarget"]) {
    const value = element.getAttribute(name);
    if (value) return `[${name}="${CSS.escape(value)}"]`;
  }
  return "";
}

/** Put the focus on what `selector` finds, else on the heading of `part`, else of the page. */
export function focusAgain(selector: string, part: ParentNode = document): void {
  const found = selector === "" ? null : document.querySelector<HTMLElement>(selector);
  const inPart = ["[autofocus]", "h1", "h2"].map((wanted) => part.querySelector<HTMLElement>(wanted));
  const heading = inPart.find((each) => each !== null) ?? document.querySelector<HTMLElement>("h1");
  const target = found?.checkVisibility() ? found : heading;
  if (!target) return;
  if (target !== found && target.tabIndex < 0) target.tabIndex = -1;
  target.focus({ preventScroll: target !== found });
}

export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** The page will load again because of what was done in a dialog; `selector` is what opened it. */
function keepOverReload(selector: string): void {
  sessionStorage.setItem(STORED_UNDER, JSON.stringify([location.href, selector]));
}

function restoreAfterReload(): void {
  const kept = sessionStorage.getItem(STORED_UNDER);
  sessionStorage.removeItem(STORED_UNDER);
  if (kept === null || !isFocusLost()) return;
  const [address, selector] = JSON.parse(kept) as [string, string];
  if (address === location.href) focusAgain(selector);
}

/** Follow htmx's swaps; `opener` says what opened the dialog that is open. */
export function listenForFocus(opener: () => Element | null): void {
  let lost = "";
  let wasInside = false;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (xhr.getResponseHeader("HX-Refresh") === "true") keepOverReload(selectorOf(opener() ?? document.activeElement));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = (event as CustomEvent<{ target: Element }>).detail;
    wasInside = !(target instanceof HTMLDialogElement) && target.contains(document.activeElement) && !isFocusLost();
    lost = wasInside ? selectorOf(document.activeElement) : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!wasInside || !isFocusLost()) return;
    wasInside = false;
    focusAgain(lost, event.target as Element);
  });
  restoreAfterReload();
}
