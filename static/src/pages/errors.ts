/** Errors of an iteration: looked through by key, labels mended on the way. */

import { listenForErrorKeys } from "../errors/keys.ts";
import { Errors } from "../errors/page.ts";
import { stayWhenSignedOut } from "../gallery/stay.ts";
import { imageInAddress } from "../image_view/address.ts";
import { openImageView } from "../image_view/index.ts";

const root = document.getElementById("errors");
if (root) {
  stayWhenSignedOut();
  const page = new Errors(root);
  const isViewOpen = (): boolean => document.querySelector("#image-view:not([hidden])") !== null;
  const openView = (image: string): void => void openImageView(page, image);
  listenForErrorKeys(page, isViewOpen, openView);
  const image = imageInAddress();
  if (image !== null) void page.queue.ready.then(() => openView(image));
  const filter = document.querySelector<HTMLFormElement>("#error-filter");
  filter?.addEventListener("change", () => {
    if (filter.reportValidity()) filter.requestSubmit();
  });
}
