/** Counts, sizes and times of an upload in words. */

export function images(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "image" : "images"}`;
}

/** "about 2 min left"; "" while it cannot be told. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 5400) return `about ${Math.ceil(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

/** "12 images a second, 11.3 MB/s". */
export function speed(photosPerSecond: number, bytesPerSecond: number): string {
  if (photosPerSecond <= 0) return "";
  const images = photosPerSecond < 10 ? photosPerSecond.toFixed(1) : Math.round(photosPerSecond).toString();
  const rate = bytesPerSecond / (1024 * 1024);
  const bytes = rate >= 1 ? `${rate.toFixed(1)} MB/s` : `${Math.round(rate * 1024)} kB/s`;
  return `${images} images a second, ${bytes}`;
}
