import type { Conflict, Edit, EditAnswer } from "./types.ts";

/** An edit as the browser keeps it. `seq` orders edits over all tabs; 0 in one that is not stored yet. */
export interface KeptEdit {
  seq: number;
  edit: Edit;
  refusal: { code: string; message: string } | null;
  /** Null until the server has answered; then the conflicts that nobody has decided yet. */
  conflicts: Conflict[] | null;
}

/** A stored edit that is new. */
export function keep(edit: Edit): KeptEdit {
  return { seq: 0, edit, refusal: null, conflicts: null };
}

/** Whether the edit has still to be sent. */
export function isWaiting(kept: KeptEdit): boolean {
  return kept.refusal === null && kept.conflicts === null;
}

/** Versions that came out of this person's own edits: image, version before, version after. */
export function ownSteps(edit: Edit, answer: EditAnswer): [string, number, number][] {
  const states = new Map(answer.images.map((state) => [state.image, state]));
  const steps: [string, number, number][] = [];
  for (const { image, version } of edit.changes) {
    const state = states.get(image);
    // Where the edit found another version, somebody else made it: later edits must not pass for having seen it.
    if (state !== undefined && state.before === version && state.version !== version) {
      steps.push([image, version, state.version]);
    }
  }
  return steps;
}

/** The rows once the server has answered edit `id`: it goes, or stays for its conflicts; later ones follow it. */
export function acknowledge(rows: KeptEdit[], id: string, answer: EditAnswer): KeptEdit[] {
  const done = rows.find((row) => row.edit.id === id && isWaiting(row));
  if (done === undefined) {
    return rows;
  }
  const after = new Map(ownSteps(done.edit, answer).map(([image, from, to]) => [image, { from, to }]));
  const left: KeptEdit[] = [];
  for (const row of rows) {
    if (row === done) {
      if (answer.conflicts.length > 0) {
        left.push({ ...row, conflicts: answer.conflicts });
      }
    } else if (isWaiting(row) && row.edit.project === done.edit.project) {
      left.push(followed(row, after));
    } else {
      left.push(row);
    }
  }
  return left;
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
    if (others.length > 0) {
      left.push({ ...row, conflicts: others });
    }
  }
  if (wasOpen && mine !== null) {
    left.push(keep(mine));
  }
  return left;
}
