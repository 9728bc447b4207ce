/** Addresses in a text that a person typed, pasted or dropped. */

/** Each http and https address, once, in order. Lines that start with # are comments, as in a list of dropped links. */
export function addressesIn(text: string): string[] {
  const words = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .flatMap((line) => line.split(/[\s<>"]+/));
  return [...new Set(words.filter((word) => /^https?:\/\/[^/\s]/i.test(word)))];
}

/** What a list calls the image at an address: the last part of its path. */
export function nameOf(address: string): string {
  try {
    const { pathname, hostname } = new URL(address);
    return decodeURIComponent(pathname.split("/").at(-1) ?? "") || hostname;
  } catch {
    return address;
  }
}
