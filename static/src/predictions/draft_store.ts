/** Labels of predictions in the browser's database, until their pictures become training images. */

import type { Labels } from "../edits/both_sides.ts";

const DATABASE = "sightline-predictions";
const LABELS = "labels";
/** Longer than predictions are kept by default; what is older belongs to pictures that are gone. */
const FORGOTTEN_AFTER_MS = 90 * 24 * 3600 * 1000;

export interface KeptLabels extends Labels {
  image: string;
}

export interface DraftStore {
  /** False where the browser stores nothing: labels end with the page. */
  isLasting(): boolean;
  all(): Promise<KeptLabels[]>;
  /** On disk when it settles; one without labels is forgotten. */
  put(rows: KeptLabels[]): Promise<void>;
}

interface Row extends KeptLabels {
  owner: string;
  written: number;
}

/** `owner` is whose they are: a person in a project. */
export async function openDraftStore(owner: string): Promise<DraftStore> {
  try {
    return new DatabaseDrafts(await openDatabase(), owner);
  } catch (error) {
    console.warn("This browser keeps no labels: they are lost with the page until they are saved.", error);
    return new MemoryDrafts();
  }
}

export function isBare({ tags, boxes, hasNoObjects }: Labels): boolean {
  return tags.length === 0 && boxes.length === 0 && !hasNoObjects;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(LABELS, { keyPath: ["owner", "image"] });
    };
    opening.onsuccess = () => {
      opening.result.onversionchange = () => opening.result.close();
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("Another tab holds an older version of the stored labels."));
  });
}

class DatabaseDrafts implements DraftStore {
  private readonly database: IDBDatabase;
  private readonly owner: string;

  constructor(database: IDBDatabase, owner: string) {
    this.database = database;
    this.owner = owner;
  }

  isLasting(): boolean {
    return true;
  }

  all(): Promise<KeptLabels[]> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(LABELS, "readwrite");
      const store = transaction.objectStore(LABELS);
      const reading = store.getAll(IDBKeyRange.bound([this.owner, ""], [this.owner, "\uffff"])) as IDBRequest<Row[]>;
      let rows: Row[] = [];
      reading.onsuccess = () => {
        const due = Date.now() - FORGOTTEN_AFTER_MS;
        for (const row of reading.result) if (row.written < due) store.delete([row.owner, row.image]);
        rows = reading.result.filter(({ written }) => written >= due);
      };
      transaction.oncomplete = () => resolve(rows.map(({ image, tags, boxes, hasNoObjects }) => ({ image, tags, boxes, hasNoObjects })));
      transaction.onabort = () => reject(transaction.error);
    });
  }

  put(rows: KeptLabels[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(LABELS, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(LABELS);
      for (const row of rows) {
        if (isBare(row)) store.delete([this.owner, row.image]);
        else store.put({ ...row, owner: this.owner, written: Date.now() } satisfies Row);
      }
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("The browser did not keep the labels."));
    });
  }
}

/** Of this page alone. */
export class MemoryDrafts implements DraftStore {
  private readonly rows = new Map<string, KeptLabels>();

  isLasting(): boolean {
    return false;
  }

  async all(): Promise<KeptLabels[]> {
    return [...this.rows.values()];
  }

  async put(rows: KeptLabels[]): Promise<void> {
    for (const row of rows) {
      if (isBare(row)) this.rows.delete(row.image);
      else this.rows.set(row.image, row);
    }
  }
}
