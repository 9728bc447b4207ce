import type { Conflict, Edit, EditAnswer } from "./types.ts";

/** A version of an image that this person's own edit made: image, version before, version after. */
export type OwnStep = [string, number, number];

/** Answered edits that are remembered, and images in them: many more than one tab can be behind another. */
const REMEMBERED_EDITS = 50;
const REMEMBERED_IMAGES = 2_000;

/** An edit as the browser keeps it. `seq` orders edits over all tabs; 0 in one that is not stored yet. */
export interface KeptEdit {
  seq: number;
  edit: Edit;
  refusal: { code: string; message: string } | null;
  /** Null until the server has answered; then the conflicts that nobody has decided yet. */
  conflicts: Conflict[] | null;
  /** Null until the server has answered. Another tab finds here what the one that sent the edit was told. */
  answer: EditAnswer | null;
  steps: OwnStep[];
}

/** A stored edit that is new. */
export function keep(edit: Edit): KeptEdit {
  return { seq: 0, edit, refusal: null, conflicts: null, answer: null, steps: [] };
}

/** The rows with new edits at the end, on the versions that this person's answered edits made. */
export function withEdits(rows: KeptEdit[], edits: Edit[]): KeptEdit[] {
  const steps = new Map<string, Map<number, number>>();
  for (const [image, from, to] of rows.flatMap((row) => row.steps)) {
    steps.set(image, (steps.get(image) ?? new Map<number, number>()).set(from, to));
  }
  const onLatest = (edit: Edit): Edit => {
    const changes = edit.changes.map((change) => ({ ...change, version: latest(steps, change.image, change.version) }));
    return { ...edit, changes };
  };
  return [...rows, ...edits.map((edit) => keep(onLatest(edit)))];
}

/** Where the person's own steps lead from a version. */
export function latest(steps: Map<string, Map<number, number>>, image: string, version: number): number {
  const own = steps.get(image);
  let reached = version;
  for (let next = own?.get(reached); next !== undefined; next = own?.get(reached)) {
    reached = next;
  }
  return reached;
}

/** Whether the edit has still to be sent. */
export function isWaiting(kept: KeptEdit): boolean {
  return kept.refusal === null && kept.conflicts === null;
}

/** Whether the edit is answered and decided: kept for other tabs alone. */
export function isDone(kept: KeptEdit): boolean {
  return kept.refusal === null && kept.conflicts?.length === 0;
}

/** The steps that the answer to an edit tells of. */
export function ownSteps(edit: Edit, answer: EditAnswer): OwnStep[] {
  const states = new Map(answer.images.map((state) => [state.image, state]));
  const steps: OwnStep[] = [];
  for (const { image, version } of edit.changes) {
    const state = states.get(image);
    // Where the edit found another version, somebody else made it: later edits must not pass for having seen it.
    if (state !== undefined && state.before === version && state.version !== version) {
      steps.push([image, version, state.version]);
    }
  }
  return steps;
}

/** The rows once the server has answered edit `id`: it stays for its conflicts and for other tabs; later ones follow it. */
export function acknowledge(rows: KeptEdit[], id: string, answer: EditAnswer): KeptEdit[] {
  const done = rows.find((row) => row.edit.id === id && isWaiting(row));
  if (done === undefined) {
    return rows;
  }
  const steps = ownSteps(done.edit, answer);
  const after = new Map(steps.map(([image, from, to]) => [image, { from, to }]));
  const left: KeptEdit[] = [];
  const forgotten = tooMany(rows.filter(isDone));
  for (const row of rows) {
    if (row === done) {
      left.push({ ...row, conflicts: answer.conflicts, answer, steps });
    } else if (forgotten.has(row)) {
      continue;
    } else if (isWaiting(row) && row.edit.project === done.edit.project) {
      left.push(followed(row, after));
    } else {
      left.push(row);
    }
  }
  return left;
}

/** The oldest of the answered edits: those that need not be remembered when another comes. */
function tooMany(done: KeptEdit[]): Set<KeptEdit> {
  const forgotten = new Set<KeptEdit>();
  let edits = 1;
  let images = 0;
  for (const row of done.toReversed()) {
    edits += 1;
    images += row.edit.changes.length;
    if (edits > REMEMBERED_EDITS || images > REMEMBERED_IMAGES) {
      forgotten.add(row);
    }
  }
  return forgotten;
}

function followed(row: KeptEdit, steps: Map<string, { from: number; to: number }>): KeptEdit {
  const isBehind = (image: string, version: number): boolean => steps.get(image)?.from === version;
  if (!row.edit.changes.some((change) => isBehind(change.image, change.version))) {
    return row;
  }
  const changes = row.edit.changes.map((change) =>
    isBehind(change.image, change.version)
      ? { ...change, version: steps.get(change.image)?.to ?? change.version }
      : change,
  );
  return { ...row, edit: { ...row.edit, changes } };
}

/** The rows once the server has refused edit `id`: it stays, with the reason. */
export function refuse(rows: KeptEdit[], id: string, refusal: { code: string; message: string }): KeptEdit[] {
  return rows.map((row) => (row.edit.id === id && isWaiting(row) ? { ...row, refusal } : row));
}

/** The rows without the refused edit `id`. */
export function dropRefused(rows: KeptEdit[], id: string): KeptEdit[] {
  return rows.filter((row) => row.edit.id !== id || row.refusal === null);
}

/** The rows once edit `id`'s conflict about `image` is decided; `mine` takes its place at the end. */
export function settle(rows: KeptEdit[], id: string, image: string, mine: Edit | null): KeptEdit[] {
  const left: KeptEdit[] = [];
  let wasOpen = false;
  for (const row of rows) {
    const open = row.edit.id === id ? row.conflicts : null;
    if (open === null) {
      left.push(row);
      continue;
    }
    const others = open.filter((conflict) => conflict.change.image !== image);
    wasOpen ||= others.length < open.length;
    left.push({ ...row, conflicts: others });
  }
  return wasOpen && mine !== null ? withEdits(left, [mine]) : left;
}
