/** The large pictures: the next ones are fetched and decoded before they are asked for. */

const KEPT = 12;

export interface PictureSource {
  image: string;
  picture: string;
  name: string;
  width: number;
  height: number;
}

interface Kept {
  element: HTMLImageElement;
  ready: Promise<boolean>;
  isReady: boolean;
}

export class Pictures {
  private readonly kept = new Map<string, Kept>();

  /** Fetch and decode it now. */
  load(source: PictureSource): Kept {
    const known = this.kept.get(source.image);
    if (known !== undefined) {
      // The latest asked for is forgotten last.
      this.kept.delete(source.image);
      this.kept.set(source.image, known);
      return known;
    }
    const element = new Image(source.width, source.height);
    element.alt = source.name;
    element.draggable = false;
    element.src = source.picture;
    const loaded: Kept = { element, isReady: false, ready: Promise.resolve(false) };
    loaded.ready = element.decode().then(
      () => (loaded.isReady = true),
      () => {
        this.kept.delete(source.image);
        return false;
      },
    );
    this.kept.set(source.image, loaded);
    for (const image of [...this.kept.keys()].slice(0, -KEPT)) this.kept.delete(image);
    return loaded;
  }

  clear(): void {
    this.kept.clear();
  }
}
