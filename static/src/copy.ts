/** Buttons that copy the text of the element they name: <button data-copy="id">. */

const SHOWN_FOR_MS = 2000;

export function listenForCopy(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy ?? "");
    // Browsers offer the clipboard only to secure pages and to this machine itself.
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.textContent?.trim() ?? "");
      const words = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = words;
      }, SHOWN_FOR_MS);
    });
  }
}
