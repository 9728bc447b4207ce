/** The question before what cannot be undone. */

import { closeDialogs, openDialog } from "../dialogs.ts";
import { button, element } from "../edits/elements.ts";
import { predictionCount } from "./words.ts";

export function isSureToDelete(count: number): Promise<boolean> {
  return new Promise((settle) => {
    const title = element("h2", "", `Delete ${predictionCount(count)}?`);
    title.id = "dialog-title";
    const whose = count === 1 ? "Its picture is" : "Their pictures are";
    const yes = button("btn danger", "Delete", () => {
      settle(true);
      closeDialogs();
    });
    const content = document.createDocumentFragment();
    content.append(
      element("header", "", title),
      element("div", "body", element("p", "", `${whose} removed with what the model said. This cannot be undone.`)),
      element("footer", "", button("btn bare", "Cancel", closeDialogs), yes),
    );
    openDialog(content).addEventListener("close", () => settle(false), { once: true });
  });
}
