/** The grid of mistakes, as the server drew it: one tab stop, arrows inside. */

export type Step = "left" | "right" | "up" | "down" | "first" | "last";

export class Grid {
  private readonly tiles: HTMLElement[];

  constructor(list: HTMLElement | null) {
    this.tiles = [...(list?.querySelectorAll<HTMLElement>(".error-tile") ?? [])];
    list?.addEventListener("focusin", (event) => {
      const tile = (event.target as Element).closest<HTMLElement>(".error-tile");
      if (tile) this.setTabStop(tile);
    });
  }

  all(): readonly HTMLElement[] {
    return this.tiles;
  }

  /** The tile with the focus, or that would get it. */
  current(): HTMLElement | null {
    return this.tiles.find((tile) => linkOf(tile).tabIndex === 0) ?? null;
  }

  hasFocus(): boolean {
    return document.activeElement?.closest(".error-tile") !== null && document.activeElement !== document.body;
  }

  focus(tile: HTMLElement): void {
    this.setTabStop(tile);
    linkOf(tile).focus();
    tile.scrollIntoView({ block: "nearest" });
  }

  /** False where there is none in that direction. */
  move(step: Step): boolean {
    const here = this.tiles.findIndex((tile) => tile === this.current());
    if (!this.hasFocus()) {
      const first = this.tiles[Math.max(here, 0)];
      if (first) this.focus(first);
      return first !== undefined;
    }
    const places: Record<Step, number> = {
      left: here - 1,
      right: here + 1,
      up: here - this.columns(),
      down: here + this.columns(),
      first: 0,
      last: this.tiles.length - 1,
    };
    const next = this.tiles[places[step]];
    if (next) this.focus(next);
    return next !== undefined;
  }

  private columns(): number {
    const top = this.tiles[0]?.offsetTop;
    const next = this.tiles.findIndex((tile) => tile.offsetTop !== top);
    return next < 0 ? this.tiles.length : next;
  }

  private setTabStop(tile: HTMLElement): void {
    for (const each of this.tiles) {
      const isStop = each === tile;
      linkOf(each).tabIndex = isStop ? 0 : -1;
      for (const button of each.querySelectorAll<HTMLButtonElement>(".error-acts button")) button.tabIndex = isStop ? 0 : -1;
    }
  }
}

function linkOf(tile: HTMLElement): HTMLAnchorElement {
  const link = tile.querySelector("a");
  if (!link) throw new Error("a tile without its link");
  return link;
}
