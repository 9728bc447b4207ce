import type { KeptEdit } from "./kept_edits.ts";
import type { EditStore } from "./queue.ts";

const DATABASE = "sightline-queue";
const EDITS = "edits";
const LEASES = "leases";
const BY_PERSON = "person";

/** A lock that a tab holds until a moment, where the browser has no locks of its own. */
export interface Lease {
  name: string;
  holder: string;
  until: number;
}

/** The browser's database of edits and leases. Rejected where the browser keeps nothing. */
export function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      const edits = opening.result.createObjectStore(EDITS, { keyPath: "seq", autoIncrement: true });
      edits.createIndex(BY_PERSON, "edit.person");
      opening.result.createObjectStore(LEASES, { keyPath: "name" });
    };
    opening.onsuccess = () => {
      // A later version of this page, in another tab, must be able to change the database.
      opening.result.onversionchange = () => opening.result.close();
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("Another tab holds an older version of the stored edits."));
  });
}

/** Edits in the browser's database: on disk, not only in the system's cache, when a call settles. */
export class DatabaseEditStore implements EditStore {
  private readonly database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.database = database;
  }

  isLasting(): boolean {
    return true;
  }

  all(person: string): Promise<KeptEdit[]> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(EDITS, "readonly");
      const rows = read(transaction, person);
      transaction.oncomplete = () => resolve(rows.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  update(person: string, change: (rows: KeptEdit[]) => KeptEdit[]): Promise<KeptEdit[]> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(EDITS, "readwrite", { durability: "strict" });
      const edits = transaction.objectStore(EDITS);
      const reading = read(transaction, person);
      let after: KeptEdit[] = [];
      reading.onsuccess = () => {
        const before = reading.result;
        after = change(before);
        const left = new Set(after.map((row) => row.seq));
        for (const row of before.filter(({ seq }) => !left.has(seq))) {
          edits.delete(row.seq);
        }
        const same = new Set(before);
        after = after.map((row) => (same.has(row) ? row : written(edits, row)));
      };
      transaction.oncomplete = () => resolve(after);
      transaction.onabort = () => reject(transaction.error ?? new Error("The browser did not keep the edit."));
    });
  }
}

function read(transaction: IDBTransaction, person: string): IDBRequest<KeptEdit[]> {
  // Index entries with one key come in the order of the primary key, `seq`.
  return transaction.objectStore(EDITS).index(BY_PERSON).getAll(person);
}

function written(edits: IDBObjectStore, row: KeptEdit): KeptEdit {
  if (row.seq !== 0) {
    edits.put(row);
    return row;
  }
  const { seq: _, ...unnumbered } = row;
  const numbered = { ...row };
  const adding = edits.add(unnumbered);
  adding.onsuccess = () => {
    numbered.seq = Number(adding.result);
  };
  return numbered;
}

/** Edits of this page alone, where the browser keeps nothing: lost with the page. */
export class MemoryEditStore implements EditStore {
  private rows: KeptEdit[] = [];
  private lastSeq = 0;

  isLasting(): boolean {
    return false;
  }

  async all(person: string): Promise<KeptEdit[]> {
    return this.of(person);
  }

  async update(person: string, change: (rows: KeptEdit[]) => KeptEdit[]): Promise<KeptEdit[]> {
    const others = this.rows.filter((row) => row.edit.person !== person);
    const after = change(this.of(person));
    this.rows = [...others, ...after.map((row) => (row.seq === 0 ? { ...row, seq: ++this.lastSeq } : row))];
    return this.of(person);
  }

  private of(person: string): KeptEdit[] {
    return this.rows.filter((row) => row.edit.person === person);
  }
}

/** Take the lease or keep it; false while another holder's has not run out. */
export function takeLease(database: IDBDatabase, lease: Lease, now: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(LEASES, "readwrite");
    const leases = transaction.objectStore(LEASES);
    const reading = leases.get(lease.name) as IDBRequest<Lease | undefined>;
    let isTaken = false;
    reading.onsuccess = () => {
      const held = reading.result;
      isTaken = held === undefined || held.holder === lease.holder || held.until <= now;
      if (isTaken) {
        leases.put(lease);
      }
    };
    transaction.oncomplete = () => resolve(isTaken);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Give the lease back, if it is still that holder's. */
export function dropLease(database: IDBDatabase, name: string, holder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(LEASES, "readwrite");
    const leases = transaction.objectStore(LEASES);
    const reading = leases.get(name) as IDBRequest<Lease | undefined>;
    reading.onsuccess = () => {
      if (reading.result?.holder === holder) {
        leases.delete(name);
      }
    };
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
