import { button, element } from "./elements.ts";
import type { EditQueue } from "./types.ts";

/** List the edits that the server refused, each with the reason and a way to drop it. */
export function openRefused(queue: EditQueue): void {
  const dialog = element("dialog", "dialog");
  dialog.setAttribute("aria-labelledby", "refused-title");
  const title = element("h2", "", "Edits that were not saved");
  title.id = "refused-title";
  const list = element("ul", "plain stack");
  const close = button("btn", "Close", () => dialog.close());
  close.autofocus = true; // not the first button, which drops an edit
  const footer = element("footer", "", close);
  dialog.append(element("header", "", title), element("div", "body stack", list), footer);
  dialog.addEventListener("close", () => dialog.remove());
  fill();
  document.body.append(dialog);
  dialog.showModal();

  function fill(): void {
    list.replaceChildren(
      ...queue.refused().map(({ edit, message }) =>
        element(
          "li",
          "note bad",
          element("div", "", element("b", "", `${edit.words}.`), ` ${message}`),
          button("btn small", "Drop this edit", () => void drop(edit.id)),
        ),
      ),
    );
  }

  async function drop(editId: string): Promise<void> {
    await queue.drop(editId);
    fill();
    if (queue.refused().length === 0) {
      dialog.close();
    }
  }
}
