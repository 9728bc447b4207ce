/** Truth and prediction over each other: box and row light together, keys go through the wrong images. */

import { fitPicture } from "../boxes/fit_picture";
import { lightTogether } from "../boxes/light_together";
import { smallOnTop } from "../boxes/small_on_top";
import { keepWordsApart } from "../boxes/spread_words";
import { bindKey } from "../keys";

const picture = document.getElementById("picture");
const rows = document.getElementById("boxes");
if (picture) fitPicture(picture);
for (const drawing of document.querySelectorAll<SVGSVGElement>(".boxes-over")) {
  smallOnTop(drawing);
  keepWordsApart(drawing);
}
if (picture && rows) lightTogether(picture, rows);

function bindLink(key: string, id: string, words: string): void {
  const link = document.getElementById(id);
  if (link) bindKey({ keys: [key], scope: "Review", words, run: () => link.click() });
}

bindLink("j", "next", "Next wrong image");
bindLink("k", "previous", "Previous wrong image");
bindLink("e", "edit", "Open in the editor");
bindLink("Escape", "back", "Back to the errors");
document.getElementById("thresholds")?.addEventListener("change", (event) => {
  const form = (event.target as HTMLInputElement).form;
  if (form?.reportValidity()) form.submit();
});
