/** What a file is by its first bytes, and why it cannot be taken: the same limits as the server's. */

export const MOST_IMAGE_BYTES = 6 * 1024 * 1024;
const HEAD_BYTES = 16;
const TAKEN = new Set(["JPEG", "PNG", "BMP", "GIF", "WebP"]);
const ISO_BRANDS: Record<string, string> = {
  heic: "HEIC",
  heix: "HEIC",
  hevc: "HEIC",
  heim: "HEIC",
  mif1: "HEIC",
  msf1: "HEIC",
  avif: "AVIF",
  avis: "AVIF",
};

/** The image format that the first bytes name, or "" for anything else. */
export function kindOf(head: Uint8Array): string {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "GIF";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.startsWith("BM")) return "BMP";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "TIFF";
  if (text.slice(4, 8) === "ftyp") return ISO_BRANDS[text.slice(8, 12)] ?? "";
  return "";
}

/** Why a file cannot become a training image, with the way out; null when it can. */
export async function problemOf(file: Blob): Promise<string | null> {
  if (file.size === 0) return "It is empty.";
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch {
    return "The browser cannot read it.";
  }
  return problemOfKind(kindOf(head), file.size);
}

export function problemOfKind(kind: string, sizeBytes: number): string | null {
  if (kind === "") return "Not an image.";
  if (kind === "HEIC") return "HEIC is not taken. Export it as JPEG (iPhone: Settings, Camera, Formats, Most Compatible).";
  if (!TAKEN.has(kind)) return `${kind} is not taken. Save it as JPEG or PNG.`;
  if (sizeBytes > MOST_IMAGE_BYTES) return `${megabytes(sizeBytes)}: at most 6 MB are taken. Save it smaller, as JPEG.`;
  return null;
}

export function megabytes(bytes: number): string {
  if (bytes < 100 * 1024) return `${Math.ceil(bytes / 1024)} kB`;
  const value = bytes / (1024 * 1024);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} MB`;
}
