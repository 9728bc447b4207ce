/** Small pictures are shown larger, in their own shape, as far as the room goes. */

const HIGHEST_SHARE = 0.75;
const HIGHEST_PIXELS = 576;
const LARGEST_SCALE = 4;

/** The width in pixels at which a picture of that size is shown in a room of that width, in a window of that height. */
export function fittedWidth(picture: { width: number; height: number }, roomWidth: number, windowHeight: number): number {
  const highest = Math.min(HIGHEST_PIXELS, HIGHEST_SHARE * windowHeight);
  const scale = Math.min(roomWidth / picture.width, highest / picture.height, LARGEST_SCALE);
  return Math.floor(picture.width * scale);
}

/** Keep the picture fitted to its figure. */
export function fitPicture(figure: HTMLElement): void {
  const holder = figure.querySelector<HTMLElement>(".boxed-picture");
  const image = holder?.querySelector("img");
  if (!holder || !image) return;
  const fit = (): void => {
    if (image.naturalWidth === 0) return;
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    holder.style.inlineSize = `${fittedWidth(size, figure.clientWidth, innerHeight)}px`;
    holder.dataset.fitted = "";
  };
  image.addEventListener("load", fit);
  addEventListener("resize", fit);
  fit();
}
