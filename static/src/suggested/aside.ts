/** Images that were left unticked when their page was confirmed: shown again last. Kept while the tab is open. */

export class Aside {
  private readonly storedUnder: string;
  private readonly byTag: Map<string, Set<string>>;

  constructor(project: string) {
    this.storedUnder = `sightline-unticked ${project}`;
    const stored = JSON.parse(sessionStorage.getItem(this.storedUnder) ?? "{}") as Record<string, string[]>;
    this.byTag = new Map(Object.entries(stored).map(([tag, images]) => [tag, new Set(images)]));
  }

  /** Of the tag that is looked at, "" for any: what is no can may be a bottle. */
  of(wanted: string): ReadonlySet<string> {
    return this.byTag.get(wanted) ?? new Set();
  }

  /** They wait behind all others. */
  add(wanted: string, images: readonly string[]): void {
    const set = this.byTag.get(wanted) ?? new Set<string>();
    for (const image of images) {
      set.delete(image);
      set.add(image);
    }
    this.byTag.set(wanted, set);
    this.store();
  }

  drop(wanted: string, images: readonly string[]): void {
    for (const image of images) this.byTag.get(wanted)?.delete(image);
    this.store();
  }

  private store(): void {
    const all = Object.fromEntries([...this.byTag].map(([tag, images]) => [tag, [...images]]));
    sessionStorage.setItem(this.storedUnder, JSON.stringify(all));
  }
}
