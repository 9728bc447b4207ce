/** Training images: the gallery, with the image view over it and uploads beside it. */

import { listenForGalleryKeys } from "../gallery/keys.ts";
import { Gallery } from "../gallery/page.ts";
import { stayWhenSignedOut } from "../gallery/stay.ts";
import { imageInAddress } from "../image_view/address.ts";
import { openImageView } from "../image_view/index.ts";
import { mountUploads } from "../uploads/index.ts";

const root = document.getElementById("gallery");
if (root) {
  const openView = (image: string): void => {
    uploads?.collapse();
    openImageView(gallery, image);
  };
  stayWhenSignedOut();
  const gallery = new Gallery(root, openView);
  const uploads = document.getElementById("uploads") ? mountUploads(gallery) : null;
  const isViewOpen = (): boolean => document.querySelector("#image-view:not([hidden])") !== null;
  listenForGalleryKeys(gallery, isViewOpen, openView);
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("#add-images")) uploads?.open();
  });
  const image = imageInAddress();
  if (image !== null) void gallery.drawn.then(() => openView(image));
}
