/** Buttons that copy the text of the element they name: <button data-copy="id">. Parts loaded later count too. */

const SHOWN_FOR_MS = 2000;

/** Put text on the clipboard. Without a clipboard (plain http from another machine) the text is selected instead. */
export async function copyText(text: string, shown: Element): Promise<"copied" | "selected"> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return "copied";
  }
  getSelection()?.selectAllChildren(shown);
  return "selected";
}

export function listenForCopy(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy ?? "");
    if (!button || !source) return;
    const outcome = await copyText(source.textContent?.trim() ?? "", source);
    const words = button.textContent;
    button.textContent = outcome === "copied" ? "Copied" : "Ctrl C";
    setTimeout(() => {
      button.textContent = words;
    }, SHOWN_FOR_MS);
  });
}
