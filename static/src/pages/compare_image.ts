/** One image before and after: both pictures fitted, keys go through the changed images. */

import { fitPicture } from "../boxes/fit_picture";
import { smallOnTop } from "../boxes/small_on_top";
import { keepWordsApart } from "../boxes/spread_words";
import { bindKey } from "../keys";

for (const figure of document.querySelectorAll<HTMLElement>("figure.boxed")) fitPicture(figure);
for (const drawing of document.querySelectorAll<SVGSVGElement>(".boxes-over")) {
  smallOnTop(drawing);
  keepWordsApart(drawing);
}

function bindLink(key: string, id: string, words: string): void {
  const link = document.getElementById(id);
  if (link) bindKey({ keys: [key], scope: "Compare", words, run: () => link.click() });
}

bindLink("j", "next", "Next changed image");
bindLink("k", "previous", "Previous changed image");
bindLink("e", "edit", "Open the image");
