/**
 * The one dialog and the one drawer. A button fills one with hx-get and hx-target="#dialog" (or #drawer); the
 * answer's header `HX-Trigger: close-dialog` closes it, as do Escape, the backdrop and any [data-close].
 */

import { focusAgain, isFocusLost, selectorOf } from "./focus.ts";

const HOLDERS = ["dialog", "drawer"];
let opener: Element | null = null;

function holder(id: string): HTMLDialogElement | null {
  return document.getElementById(id) as HTMLDialogElement | null;
}

/** What had the focus when the open dialog opened; null where none is open. */
export function dialogOpener(): Element | null {
  return HOLDERS.some((id) => holder(id)?.open) ? opener : null;
}

function open(dialog: HTMLDialogElement): void {
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  firstField(dialog)?.focus();
}

/** Where a person begins: the marked one, else the first field; of radio buttons the chosen one. */
function firstField(dialog: HTMLDialogElement): HTMLElement | null {
  const marked = dialog.querySelector<HTMLElement>("[autofocus]");
  if (marked) return marked;
  const fields = dialog.querySelectorAll<HTMLElement>("input:not([type=hidden], [type=radio]:not(:checked)), select, textarea");
  return [...fields].find((field) => field.checkVisibility() && !field.matches(":disabled")) ?? null;
}

/** Show markup of this page's own making in the dialog; for parts that no server has to draw. */
export function openDialog(content: Node, id: "dialog" | "drawer" = "dialog"): HTMLDialogElement {
  const dialog = holder(id);
  if (!dialog) throw new Error(`no #${id} in this page`);
  dialog.replaceChildren(content);
  open(dialog);
  return dialog;
}

export function closeDialogs(): void {
  for (const id of HOLDERS) holder(id)?.close();
}

export function listenForDialogs(): void {
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.target as HTMLElement;
    if (target instanceof HTMLDialogElement && HOLDERS.includes(target.id)) {
      // A modal dialog may hold no popover open beneath it.
      for (const menu of document.querySelectorAll<HTMLElement>(".menu:popover-open")) menu.hidePopover();
      open(target);
    }
  });
  document.addEventListener("close-dialog", closeDialogs);
  for (const id of HOLDERS) {
    const dialog = holder(id);
    if (!dialog) continue;
    dialog.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target === dialog || target.closest("[data-close]")) dialog.close();
    });
    // What was typed is gone when it opens again; a stale form would lie.
    dialog.addEventListener("close", () => {
      dialog.replaceChildren();
      // The browser gives the focus back to what opened the dialog, unless that was drawn anew since.
      if (isFocusLost()) focusAgain(selectorOf(opener));
    });
  }
}
