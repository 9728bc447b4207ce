/** Predictions: what apps and Quick Test sent, looked through, labeled, and moved to the training images. */

import { stayWhenSignedOut } from "../gallery/stay.ts";
import { imageInAddress } from "../image_view/address.ts";
import { openImageView } from "../image_view/index.ts";
import { openDraftStore } from "../predictions/draft_store.ts";
import { Drafts } from "../predictions/drafts.ts";
import { listenForPredictionKeys } from "../predictions/keys.ts";
import { Predictions } from "../predictions/page.ts";
import { bindTwoEnded } from "../two_ended.ts";

const root = document.getElementById("gallery");
if (root) {
  const owner = `${document.body.dataset.person ?? ""} ${root.dataset.project ?? ""}`;
  const channel = new BroadcastChannel(`sightline-predictions ${owner}`);
  const drafts = new Drafts(root.dataset.project ?? "", document.body.dataset.person ?? "", {
    store: openDraftStore(owner),
    post: () => channel.postMessage("changed"),
    listen: (listener) => {
      channel.onmessage = listener;
    },
  });
  const openView = (image: string): void => void openImageView(page, image);
  stayWhenSignedOut();
  const page = new Predictions(root, drafts, openView);
  const bindSliders = (): void => {
    for (const holder of root.querySelectorAll<HTMLElement>("[data-two-ended]")) bindTwoEnded(holder);
  };
  bindSliders();
  root.addEventListener("filter-shown", bindSliders);
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.id !== "filter-threshold") return;
    const written = document.getElementById("threshold-value");
    if (written) written.textContent = `${target.value}%`;
    page.setThreshold(target.valueAsNumber);
  });
  listenForPredictionKeys(page, () => document.querySelector("#image-view:not([hidden])") !== null, openView);
  const image = imageInAddress();
  if (image !== null) void page.drawn.then(() => openView(image));
}
