/**
 * Labels that a person puts on predictions: kept in the browser, sent when the pictures become training images.
 *
 * To the gallery's parts it is a queue of edits like any other, from which nothing is ever sent.
 */

import { type Labels, withWaiting } from "../edits/both_sides.ts";
import { newId } from "../edits/ids.ts";
import { Listeners } from "../edits/listeners.ts";
import type { Conflict, DraftEdit, Edit, EditAnswer, EditQueue, ImageState, OpenConflict, RefusedEdit, SaveState } from "../edits/types.ts";
import { type DraftStore, isBare, type KeptLabels } from "./draft_store.ts";

const NO_LABELS: Labels = { tags: [], boxes: [], hasNoObjects: false };

interface Done {
  edit: DraftEdit;
  inverse: DraftEdit;
}

export interface DraftPorts {
  store: Promise<DraftStore>;
  /** Tell this person's other tabs that something changed, and hear it from them. */
  post(): void;
  listen(listener: () => void): void;
}

export class Drafts implements EditQueue {
  readonly ready: Promise<void>;
  private readonly project: string;
  private readonly person: string;
  private readonly ports: DraftPorts;
  private readonly labels = new Map<string, Labels>();
  private readonly performed = new Listeners<[Edit]>();
  private readonly states = new Listeners<[SaveState]>();
  private undos: Done[] = [];
  private redos: Done[] = [];
  private isLasting = true;
  /** One write after another: each starts from what the last one made. */
  private writing: Promise<unknown>;

  constructor(project: string, person: string, ports: DraftPorts) {
    this.project = project;
    this.person = person;
    this.ports = ports;
    this.ready = this.read();
    this.writing = this.ready;
    ports.listen(() => void this.inTurn(() => this.read()).catch(() => undefined));
  }

  /** Empty where the person has said nothing of the picture. */
  labelsOf(image: string): Labels {
    return this.labels.get(image) ?? NO_LABELS;
  }

  /** Predictions that have labels. */
  labeled(): string[] {
    return [...this.labels.keys()];
  }

  perform(edit: DraftEdit, inverse: DraftEdit): Promise<void> {
    return this.inTurn(async () => {
      await this.write(edit);
      this.undos.push({ edit, inverse });
      this.redos = [];
    });
  }

  undo(): Promise<DraftEdit | null> {
    return this.inTurn(() => this.step(this.undos, this.redos, ({ inverse }) => inverse));
  }

  redo(): Promise<DraftEdit | null> {
    return this.inTurn(() => this.step(this.redos, this.undos, ({ edit }) => edit));
  }

  /** The pictures are no predictions any more: their labels, and what would undo them, are forgotten. */
  forget(images: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      const gone = new Set(images);
      await this.keep(images.map((image) => ({ image, ...NO_LABELS })));
      const without = (draft: DraftEdit): DraftEdit => ({ ...draft, changes: draft.changes.filter(({ image }) => !gone.has(image)) });
      const left = (all: Done[]): Done[] =>
        all.map(({ edit, inverse }) => ({ edit: without(edit), inverse: without(inverse) })).filter(({ edit }) => edit.changes.length > 0);
      this.undos = left(this.undos);
      this.redos = left(this.redos);
      this.states.tell(this.state());
    });
  }

  state(): SaveState {
    return this.labels.size === 0 ? { kind: "saved" } : { kind: "drafted", waiting: this.labels.size };
  }

  isKept(): boolean {
    return this.isLasting;
  }

  onState(listener: (state: SaveState) => void): () => void {
    listener(this.state());
    return this.states.add(listener);
  }

  onPerformed(listener: (edit: Edit) => void): () => void {
    return this.performed.add(listener);
  }

  // Nothing is sent, so nothing waits, is answered, is refused or conflicts.

  waiting(): Edit[] {
    return [];
  }

  answered(): ImageState[] {
    return [];
  }

  refused(): RefusedEdit[] {
    return [];
  }

  conflicts(): OpenConflict[] {
    return [];
  }

  async drop(_editId: string): Promise<void> {}

  async settle(_conflict: OpenConflict, _mine: DraftEdit | null): Promise<void> {}

  wake(): void {}

  onAnswer(_listener: (edit: Edit, answer: EditAnswer) => void): () => void {
    return () => undefined;
  }

  onConflict(_listener: (edit: Edit, conflict: Conflict) => void): () => void {
    return () => undefined;
  }

  onRefused(_listener: (refused: RefusedEdit) => void): () => void {
    return () => undefined;
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.writing.then(work);
    this.writing = turn.catch(() => undefined);
    return turn;
  }

  private async read(): Promise<void> {
    const store = await this.ports.store;
    this.isLasting = store.isLasting();
    const before = new Set(this.labels.keys());
    const rows = await store.all();
    this.labels.clear();
    for (const { image, tags, boxes, hasNoObjects } of rows) this.labels.set(image, { tags, boxes, hasNoObjects });
    const changes = [...new Set([...before, ...this.labels.keys()])].map((image) => ({ image, version: 0 }));
    this.tell({ act: "label", changes, words: "" });
  }

  private async write(draft: DraftEdit): Promise<void> {
    await this.keep(
      draft.changes.map((change) => {
        const now = { image: change.image, version: 0, isRemoved: false, ...this.labelsOf(change.image) };
        const { tags, boxes, hasNoObjects } = withWaiting(now, [{ ...draft, changes: [change] }]);
        return { image: change.image, tags, boxes, hasNoObjects };
      }),
    );
    this.tell(draft);
  }

  private async keep(rows: KeptLabels[]): Promise<void> {
    await (await this.ports.store).put(rows);
    for (const { image, tags, boxes, hasNoObjects } of rows) {
      const labels = { tags, boxes, hasNoObjects };
      if (isBare(labels)) this.labels.delete(image);
      else this.labels.set(image, labels);
    }
    this.ports.post();
  }

  private async step(from: Done[], to: Done[], pick: (done: Done) => DraftEdit): Promise<DraftEdit | null> {
    const done = from.at(-1);
    if (done === undefined) return null;
    await this.write(pick(done));
    from.pop();
    to.push(done);
    return pick(done);
  }

  private tell(draft: DraftEdit): void {
    this.performed.tell({ ...draft, id: newId(), project: this.project, person: this.person, queuedAt: Date.now() });
    this.states.tell(this.state());
  }
}
