/** Copying a key that is hidden: it is asked for, put on the clipboard, and not shown. */

import { callJson } from "../call";
import { notice } from "../notices";

const SHOWN_FOR_MS = 2000;

async function copyHiddenKey(button: HTMLButtonElement): Promise<void> {
  try {
    if (!navigator.clipboard) throw new Error("no clipboard");
    const { key } = await callJson<{ key: string }>("POST", button.dataset.copyKey ?? "");
    await navigator.clipboard.writeText(key);
  } catch (error) {
    // Plain http from another machine has no clipboard: show the key, to be copied by hand.
    if (error instanceof Error && error.name === "CallError") {
      notice(error.message);
    } else {
      showSelected(button.dataset.show ?? "");
    }
    return;
  }
  const words = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = words;
  }, SHOWN_FOR_MS);
}

/** Press the Show button of that id and select the key that comes, ready for Ctrl C. */
function showSelected(showId: string): void {
  const select = () => {
    const key = document.getElementById(showId.replace(/^show-/, "key-text-"));
    if (key) getSelection()?.selectAllChildren(key);
  };
  document.addEventListener("htmx:afterSettle", select, { once: true });
  document.getElementById(showId)?.click();
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>("[data-copy-key]");
  if (button) void copyHiddenKey(button);
});
