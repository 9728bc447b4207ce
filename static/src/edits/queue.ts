import type { KeptEdit, OwnStep } from "./kept_edits.ts";
import { acknowledge, dropRefused, isWaiting, latest, refuse, settle, withEdits } from "./kept_edits.ts";
import { Listeners } from "./listeners.ts";
import type {
  Conflict,
  DraftEdit,
  Edit,
  EditAnswer,
  EditQueue,
  ImageState,
  OpenConflict,
  RefusedEdit,
  SaveState,
} from "./types.ts";

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 30_000;
/** Images in one edit as it is sent; a larger one is kept and sent as several (CHANGES_PER_EDIT of the server). */
export const CHANGES_PER_EDIT = 1_000;

/** Where edits are kept. Each call is one transaction, on disk when it settles. */
export interface EditStore {
  /** Whether what is kept outlives the page. */
  isLasting(): boolean;
  all(person: string): Promise<KeptEdit[]>;
  /** Replace the person's rows by what `change` makes of them; gives the new ones, in order. */
  update(person: string, change: (rows: KeptEdit[]) => KeptEdit[]): Promise<KeptEdit[]>;
}

export type Outcome =
  | { kind: "answered"; answer: EditAnswer }
  | { kind: "refused"; code: string; message: string }
  | { kind: "signed-out"; message: string }
  | { kind: "unreachable" };

/** The queue's ways to the world; tests give their own. */
export interface Ports {
  store: EditStore;
  send(edit: Edit): Promise<Outcome>;
  /** Run `work` while no other tab does. */
  exclusive(work: () => Promise<void>): Promise<void>;
  /** Tell the person's other tabs that the stored edits changed. */
  post(): void;
  listen(listener: () => void): void;
  /** Call `run` after `pauseMs`; gives what calls it off. */
  after(pauseMs: number, run: () => void): () => void;
  now(): number;
  newId(): string;
  /** Between 0 and 1. */
  random(): number;
}

type Phase = "waiting" | "refused" | "answered";

interface Step {
  ids: string[];
  edit: DraftEdit;
  inverse: DraftEdit;
}

/** The pause before another try after `pauses` in vain: doubling, half of it by chance. */
export function pauseMs(pauses: number, random: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pauses, 16));
  return longest / 2 + (longest / 2) * random;
}

/** Edits of one person in order, one at a time, until each is answered. Sends those of every project of theirs. */
export class PersonsEditQueue implements EditQueue {
  readonly ready: Promise<void>;
  private readonly person: string;
  private readonly project: string;
  private readonly ports: Ports;
  private rows: KeptEdit[] = [];
  /** How far each edit was when the listeners were last told; null before the first look. */
  private told: Map<string, Phase> | null = null;
  private undoSteps: Step[] = [];
  private redoSteps: Step[] = [];
  /** By image: the version that this person's own edit made of a version. */
  private readonly steps = new Map<string, Map<number, number>>();
  private turn: Promise<unknown> = Promise.resolve();
  private pauses = 0;
  private trouble: { kind: "offline" } | { kind: "signed-out"; message: string } | null = null;
  private callOff: (() => void) | null = null;
  private isSending = false;
  private isWoken = false;
  private toldState = "";
  private readonly stateListeners = new Listeners<[SaveState]>();
  private readonly performedListeners = new Listeners<[Edit]>();
  private readonly answerListeners = new Listeners<[Edit, EditAnswer]>();
  private readonly conflictListeners = new Listeners<[Edit, Conflict]>();
  private readonly refusedListeners = new Listeners<[RefusedEdit]>();

  constructor(person: string, project: string, ports: Ports) {
    this.person = person;
    this.project = project;
    this.ports = ports;
    ports.listen(() => void this.hear());
    this.ready = this.reload().then(() => this.go());
  }

  perform(edit: DraftEdit, inverse: DraftEdit): Promise<void> {
    return this.inTurn(async () => {
      const kept = await this.keep(edit);
      this.undoSteps.push({ ids: kept.map(({ id }) => id), edit, inverse });
      this.redoSteps = [];
      this.go();
    });
  }

  undo(): Promise<DraftEdit | null> {
    return this.inTurn(() => this.step(this.undoSteps, this.redoSteps, (step) => step.inverse));
  }

  redo(): Promise<DraftEdit | null> {
    return this.inTurn(() => this.step(this.redoSteps, this.undoSteps, (step) => step.edit));
  }

  waiting(): Edit[] {
    return this.own()
      .filter(isWaiting)
      .map((row) => row.edit);
  }

  answered(): ImageState[] {
    return this.own().flatMap((row) => row.answer?.images ?? []);
  }

  refused(): RefusedEdit[] {
    return this.own().flatMap((row) => (row.refusal === null ? [] : [{ edit: row.edit, ...row.refusal }]));
  }

  async drop(editId: string): Promise<void> {
    await this.change((rows) => dropRefused(rows, editId));
  }

  conflicts(): OpenConflict[] {
    return this.own().flatMap((row) => (row.conflicts ?? []).map((conflict) => ({ edit: row.edit, conflict })));
  }

  settle({ edit, conflict }: OpenConflict, mine: DraftEdit | null): Promise<void> {
    return this.inTurn(async () => {
      const kept = mine === null ? null : this.named(mine);
      await this.change((rows) => settle(rows, edit.id, conflict.change.image, kept));
      this.go();
    });
  }

  state(): SaveState {
    const waiting = this.rows.filter(isWaiting).length;
    const refused = this.refused()[0];
    const conflict = this.conflicts()[0];
    if (waiting > 0 && this.trouble !== null) {
      return { ...this.trouble, waiting };
    }
    if (refused !== undefined) {
      return { kind: "refused", waiting, message: refused.message };
    }
    if (conflict !== undefined) {
      return { kind: "conflict", waiting, changedBy: conflict.conflict.changedBy };
    }
    return waiting > 0 ? { kind: "saving", waiting } : { kind: "saved" };
  }

  isKept(): boolean {
    return this.ports.store.isLasting();
  }

  wake(): void {
    // Also for a request that is under way and is about to fail.
    this.pauses = 0;
    this.go();
  }

  private go(): void {
    this.callOff?.();
    this.callOff = null;
    if (this.isSending) {
      this.isWoken = true;
    } else if (this.rows.some(isWaiting)) {
      void this.sendAll();
    }
  }

  onState(listener: (state: SaveState) => void): () => void {
    listener(this.state());
    return this.stateListeners.add(listener);
  }

  onPerformed(listener: (edit: Edit) => void): () => void {
    return this.performedListeners.add(listener);
  }

  onAnswer(listener: (edit: Edit, answer: EditAnswer) => void): () => void {
    return this.answerListeners.add(listener);
  }

  onConflict(listener: (edit: Edit, conflict: Conflict) => void): () => void {
    return this.conflictListeners.add(listener);
  }

  onRefused(listener: (refused: RefusedEdit) => void): () => void {
    return this.refusedListeners.add(listener);
  }

  private own(): KeptEdit[] {
    return this.rows.filter((row) => row.edit.project === this.project);
  }

  /** One after another, so that an undo pressed right after an edit finds that edit. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async step(from: Step[], to: Step[], part: (step: Step) => DraftEdit): Promise<DraftEdit | null> {
    const step = from.at(-1);
    if (step === undefined) {
      return null;
    }
    const kept = await this.keep(part(step));
    from.pop();
    to.push({ ...step, ids: kept.map(({ id }) => id) });
    this.go();
    return part(step);
  }

  private named(draft: DraftEdit): Edit {
    const changes = draft.changes.map((change) => ({
      ...change,
      version: latest(this.steps, change.image, change.version),
    }));
    const { project, person } = this;
    return { ...draft, changes, id: this.ports.newId(), project, person, queuedAt: this.ports.now() };
  }

  private async keep(draft: DraftEdit): Promise<Edit[]> {
    const edits: Edit[] = [];
    for (let start = 0; start < draft.changes.length; start += CHANGES_PER_EDIT) {
      edits.push(this.named({ ...draft, changes: draft.changes.slice(start, start + CHANGES_PER_EDIT) }));
    }
    await this.change((rows) => withEdits(rows, edits));
    return edits;
  }

  private async change(change: (rows: KeptEdit[]) => KeptEdit[]): Promise<void> {
    this.adopt(await this.ports.store.update(this.person, change));
    this.ports.post();
  }

  private async reload(): Promise<void> {
    this.adopt(await this.ports.store.all(this.person));
  }

  /** Take the rows as they are stored, and tell what is new in them, whichever tab did it. */
  private adopt(rows: KeptEdit[]): void {
    const before = this.told;
    this.rows = rows;
    this.told = new Map(rows.map((row) => [row.edit.id, phaseOf(row)]));
    for (const row of rows) {
      this.learn(row.steps);
    }
    this.tellState();
    if (before === null) {
      return; // what was done before this page is in what the page asks the server for, or in `waiting()`
    }
    for (const row of rows) {
      const phase = phaseOf(row);
      const toldPhase = before.get(row.edit.id);
      if (toldPhase === undefined && row.edit.project === this.project) {
        this.performedListeners.tell(row.edit);
      }
      if (toldPhase !== phase && row.answer !== null) {
        this.tellAnswer(row.edit, row.answer);
      } else if (toldPhase !== phase && row.refusal !== null) {
        this.tellRefused({ edit: row.edit, ...row.refusal });
      }
    }
  }

  private tellState(): void {
    const state = this.state();
    const told = JSON.stringify(state);
    if (told !== this.toldState) {
      this.toldState = told;
      this.stateListeners.tell(state);
    }
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    try {
      do {
        this.isWoken = false;
        await this.ports.exclusive(() => this.drain());
      } while (this.isWoken && this.trouble === null);
    } catch {
      this.pause({ kind: "offline" });
    } finally {
      this.isSending = false;
    }
    if (this.isWoken && this.rows.some(isWaiting)) {
      this.go();
    }
  }

  private async drain(): Promise<void> {
    await this.reload();
    for (let row = this.rows.find(isWaiting); row !== undefined; row = this.rows.find(isWaiting)) {
      const outcome = await this.ports.send(row.edit);
      if (outcome.kind === "unreachable") {
        this.isWoken = false;
        return this.pause({ kind: "offline" });
      }
      if (outcome.kind === "signed-out") {
        this.isWoken = false;
        return this.pause({ kind: "signed-out", message: outcome.message });
      }
      await this.take(row.edit, outcome);
    }
    this.isWoken = false;
  }

  private async take(edit: Edit, outcome: Extract<Outcome, { kind: "answered" | "refused" }>): Promise<void> {
    this.pauses = 0;
    this.trouble = null;
    if (outcome.kind === "answered") {
      await this.change((rows) => acknowledge(rows, edit.id, outcome.answer));
    } else {
      const { code, message } = outcome;
      await this.change((rows) => refuse(rows, edit.id, { code, message }));
    }
  }

  private pause(trouble: { kind: "offline" } | { kind: "signed-out"; message: string }): void {
    this.trouble = trouble;
    this.callOff?.();
    this.callOff = this.ports.after(pauseMs(this.pauses, this.ports.random()), () => {
      this.callOff = null;
      // Only a pause that ran out counts: an edit made meanwhile tries at once and makes no pause longer.
      this.pauses += 1;
      this.go();
    });
    this.tellState();
  }

  private learn(ownSteps: OwnStep[]): void {
    for (const [image, from, to] of ownSteps) {
      const steps = this.steps.get(image) ?? new Map<number, number>();
      steps.set(from, to);
      this.steps.set(image, steps);
    }
  }

  private tellAnswer(edit: Edit, answer: EditAnswer): void {
    if (edit.project !== this.project) {
      return;
    }
    this.answerListeners.tell(edit, answer);
    for (const conflict of answer.conflicts) {
      this.conflictListeners.tell(edit, conflict);
    }
  }

  private tellRefused(refused: RefusedEdit): void {
    const isLeft = ({ ids }: Step): boolean => ids.length > 1 || ids[0] !== refused.edit.id;
    this.undoSteps = this.undoSteps.filter(isLeft);
    this.redoSteps = this.redoSteps.filter(isLeft);
    if (refused.edit.project === this.project) {
      this.refusedListeners.tell(refused);
    }
  }

  private async hear(): Promise<void> {
    const waitingBefore = this.rows.filter(isWaiting).length;
    await this.reload();
    if (this.rows.filter(isWaiting).length < waitingBefore) {
      this.trouble = null; // another tab gets through
      this.tellState();
    }
    // The tab that stored an edit sends it, unless that one is closed meanwhile: then this one does.
    this.go();
  }
}

function phaseOf(row: KeptEdit): Phase {
  if (isWaiting(row)) {
    return "waiting";
  }
  return row.refusal === null ? "answered" : "refused";
}
