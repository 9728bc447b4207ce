/** Which images are selected: one, a range, all. */

export class Selection {
  private readonly chosen = new Set<string>();
  private anchor = "";
  private readonly onChange: (images: Iterable<string>) => void;

  constructor(onChange: (images: Iterable<string>) => void) {
    this.onChange = onChange;
  }

  get size(): number {
    return this.chosen.size;
  }

  has(image: string): boolean {
    return this.chosen.has(image);
  }

  images(): string[] {
    return [...this.chosen];
  }

  toggle(image: string): void {
    if (!this.chosen.delete(image)) this.chosen.add(image);
    this.anchor = image;
    this.onChange([image]);
  }

  /** From the image that was picked last to this one, in the given order. */
  extend(image: string, order: string[]): void {
    const from = order.indexOf(this.anchor);
    const to = order.indexOf(image);
    if (from < 0 || to < 0) return this.toggle(image);
    const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const each of range) this.chosen.add(each);
    this.onChange(range);
  }

  set(images: string[]): void {
    const before = [...this.chosen];
    this.chosen.clear();
    for (const image of images) this.chosen.add(image);
    this.onChange([...before, ...images]);
  }

  clear(): void {
    this.set([]);
  }

  drop(images: string[]): void {
    for (const image of images) this.chosen.delete(image);
    this.onChange(images);
  }
}
