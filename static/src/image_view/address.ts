/** The image in the page's address: `image=ID`. */

const PARAMETER = "image";

export function imageInAddress(): string | null {
  return new URLSearchParams(location.search).get(PARAMETER);
}

function addressWith(image: string | null): string {
  const url = new URL(location.href);
  if (image === null) url.searchParams.delete(PARAMETER);
  else url.searchParams.set(PARAMETER, image);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** Keeps the address true while the view is open; Back closes it. */
export class ViewAddress {
  private isOwnEntry = false;

  /** The view opens: an entry of its own, unless the address names the image already. */
  open(image: string): void {
    if (imageInAddress() !== null) return this.show(image);
    history.pushState(history.state, "", addressWith(image));
    this.isOwnEntry = true;
  }

  show(image: string): void {
    if (imageInAddress() !== image) history.replaceState(history.state, "", addressWith(image));
  }

  /** The view closes by itself: back to the entry that it was opened from. */
  close(): void {
    if (imageInAddress() === null) return;
    if (this.isOwnEntry) history.back();
    else history.replaceState(history.state, "", addressWith(null));
    this.isOwnEntry = false;
  }

  /** Back was pressed. */
  forget(): void {
    this.isOwnEntry = false;
  }
}
