/** Suggested tags: what an iteration says of untagged images, confirmed by the page or in the editor; what to label next. */

import type { Suggestions } from "../editor/suggestions.ts";
import { listenForGalleryKeys } from "../gallery/keys.ts";
import { Gallery } from "../gallery/page.ts";
import { stayWhenSignedOut } from "../gallery/stay.ts";
import type { SuggestedTag } from "../gallery/types.ts";
import type { GalleryVariant } from "../gallery/variant.ts";
import { imageInAddress } from "../image_view/address.ts";
import { openImageView } from "../image_view/index.ts";
import { Confirming } from "../suggested/confirming.ts";
import { showCounts } from "../suggested/counts.ts";
import { openFace, WORDLESS_FACE } from "../suggested/face.ts";
import { listenForConfirmKeys, listenForLargeButtons } from "../suggested/keys.ts";
import { Looking } from "../suggested/looking.ts";

const root = document.getElementById("suggested");
if (root) {
  stayWhenSignedOut();
  const isViewOpen = (): boolean => document.querySelector("#image-view:not([hidden])") !== null;
  const openView = (image: string): void => void openImageView(gallery, image);
  const confirming = root.dataset.mode === "confirm" ? new Confirming(root, isViewOpen) : null;
  const gallery: Gallery = confirming?.gallery ?? new Gallery(root, openView, opened(root.dataset.mode ?? "", (image) => gallery.item(image)?.suggested ?? []));
  if (confirming) {
    listenForConfirmKeys(confirming, isViewOpen, openView);
    listenForLargeButtons(openView);
  } else {
    listenForGalleryKeys(gallery, isViewOpen, openView);
  }
  const address = root.dataset.address ?? "";
  const looking = look(gallery, confirming, address);
  const count = (): void => void showCounts(address, () => looking?.draw());
  // Parts that came anew come without counts.
  gallery.onTagsChanged(count);
  count();
  document.addEventListener("input", ({ target }) => followSlider(target));
  const image = imageInAddress();
  if (image !== null) void gallery.drawn.then(() => openView(image));
}

/** How a grid is that opens its images: in detection the editor begins with what is suggested, unless nobody is to be led. */
function opened(mode: string, suggestedOf: (image: string) => SuggestedTag[]): GalleryVariant {
  if (mode === "blind") return { face: WORDLESS_FACE, suggestionsOf: () => null };
  const shown = (): DOMStringMap => document.getElementById("gallery-data")?.dataset ?? {};
  return {
    face: openFace(() => shown().tag ?? ""),
    suggestionsOf: (image): Suggestions => {
      const boxes = suggestedOf(image).flatMap(({ tag, probability, left, top, width, height }) =>
        left === undefined || top === undefined || width === undefined || height === undefined ? [] : [{ tag, probability, left, top, width, height }],
      );
      return { source: "iteration", by: shown().byName ?? "", note: "", reason: `Nothing here is probable enough for ${shown().byName ?? "it"}.`, boxes };
    },
  };
}

/** What cannot be had now comes with the next filter. */
function again(confirming: Confirming): void {
  confirming.orderAgain().catch(() => undefined);
}

function look(gallery: Gallery, confirming: Confirming | null, address: string): Looking | null {
  const form = document.querySelector<HTMLFormElement>("#look");
  if (!form) return null;
  const looking = new Looking(form, address, {
    onProgress: () => {
      if (gallery.count() === 0) void gallery.refresh();
      else if (confirming) again(confirming);
      gallery.countsChanged();
    },
    onDone: () => {
      if (confirming) again(confirming);
      else void gallery.refresh();
      gallery.countsChanged();
    },
  });
  return looking;
}

/** While the slider is dragged its number follows; the images when it is let go. */
function followSlider(target: EventTarget | null): void {
  if (!(target instanceof HTMLInputElement) || target.id !== "suggested-threshold") return;
  const field = document.querySelector<HTMLInputElement>("#suggested-threshold-value");
  if (field) field.value = target.value;
}
