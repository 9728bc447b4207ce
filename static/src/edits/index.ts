import { newId } from "./ids.ts";
import { exclusive } from "./lock.ts";
import { type EditStore, type Ports, PersonsEditQueue } from "./queue.ts";
import { sendEdit } from "./sender.ts";
import { DatabaseEditStore, MemoryEditStore, openDatabase } from "./store.ts";
import type { EditQueue } from "./types.ts";

export { type TagFace, type TagRules, withChange, withWaiting } from "./both_sides.ts";
export { openConflicts } from "./conflict.ts";
export { openRefused } from "./refused.ts";
export { showSaveState } from "./save_state.ts";
export type * from "./types.ts";

const queues = new Map<string, EditQueue>();

/**
 * The queue of this person's edits in a project; the same one for the same two ids. An empty `project` makes one that
 * only sends what earlier pages left.
 *
 * `person` is `document.body.dataset.person`. Wait for `ready`, then ask the server for the images, then draw
 * `waiting()` over them: the other way round an edit that another tab gets acknowledged in between is in neither.
 */
export function createEditQueue({ person, project }: { person: string; project: string }): EditQueue {
  const key = `${person} ${project}`;
  const known = queues.get(key);
  if (known !== undefined) {
    return known;
  }
  const queue = new PersonsEditQueue(person, project, browserPorts(person));
  queues.set(key, queue);
  document.documentElement.dataset.edits = "";
  addEventListener("online", () => queue.wake());
  addEventListener("pageshow", () => queue.wake());
  addEventListener("focus", () => queue.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      queue.wake();
    }
  });
  return queue;
}

/** On a page without edits of its own: send what earlier pages of this person left. */
export function resumeEdits(): void {
  addEventListener("load", () => {
    const { person } = document.body.dataset;
    if (person !== undefined && document.documentElement.dataset.edits === undefined) {
      createEditQueue({ person, project: "" });
    }
  });
}

function browserPorts(person: string): Ports {
  const name = `sightline-edits ${person}`;
  const channel = new BroadcastChannel(name);
  const opening: Promise<IDBDatabase | null> = openDatabase().catch((error: unknown) => {
    console.warn("This browser keeps no edits: they are lost with the page until they are saved.", error);
    return null;
  });
  const store = opening.then((database) => (database === null ? new MemoryEditStore() : new DatabaseEditStore(database)));
  return {
    store: whenOpen(store),
    send: sendEdit,
    exclusive: async (work) => exclusive(name, await opening, work),
    post: () => channel.postMessage("changed"),
    listen: (listener) => {
      channel.onmessage = listener;
    },
    after: (pauseMs, run) => {
      const timer = setTimeout(run, pauseMs);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
    newId,
    random: () => Math.random(),
  };
}

function whenOpen(opening: Promise<EditStore>): EditStore {
  let opened: EditStore | null = null;
  const store = opening.then((each) => (opened = each));
  return {
    isLasting: () => opened?.isLasting() ?? true,
    all: async (person) => (await store).all(person),
    update: async (person, change) => (await store).update(person, change),
  };
}
