import { newId } from "./ids.ts";
import { dropLease, takeLease } from "./store.ts";

const LEASE_MS = 6_000;
const RENEW_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 300;

/**
 * Run `work` while no other tab of this browser runs work under `name`.
 *
 * Plain http has no `navigator.locks`; there a lease in the database does it, good for as long as its timer runs.
 * A tab that was put to sleep can lose it: then two may send at once, which the ids of edits make harmless.
 */
export async function exclusive(name: string, database: IDBDatabase | null, work: () => Promise<void>): Promise<void> {
  if ("locks" in navigator) {
    await navigator.locks.request(name, () => work());
  } else if (database === null) {
    await work();
  } else {
    await underLease(database, name, work);
  }
}

async function underLease(database: IDBDatabase, name: string, work: () => Promise<void>): Promise<void> {
  const holder = newId();
  const take = () => takeLease(database, { name, holder, until: Date.now() + LEASE_MS }, Date.now());
  while (!(await take())) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const renewing = setInterval(() => void take(), RENEW_EVERY_MS);
  const leave = () => void dropLease(database, name, holder);
  addEventListener("pagehide", leave, { once: true });
  try {
    await work();
  } finally {
    clearInterval(renewing);
    removeEventListener("pagehide", leave);
    await dropLease(database, name, holder);
  }
}
