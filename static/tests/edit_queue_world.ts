/** What the edit queue's tests run in: a server, a clock, and a browser with tabs, all made to fail at will. */
import { type KeptEdit, isDone } from "../src/edits/kept_edits.ts";
import { type EditStore, type Outcome, type Ports, PersonsEditQueue } from "../src/edits/queue.ts";
import { MemoryEditStore } from "../src/edits/store.ts";
import type { Conflict, DraftEdit, Edit, ImageState } from "../src/edits/types.ts";

const UNBOXED = { boxes: [], hasNoObjects: false };

/** A server with one tag set an image, as labeling/edits.py has it; `mood` makes it fail. */
export class Server {
  readonly images = new Map<string, { version: number; tags: Set<string> }>();
  readonly answers = new Map<string, Outcome>();
  readonly received: string[] = [];
  readonly applied: string[] = [];
  mood: "well" | "down" | "answer lost" | "signed out" | "refuses" = "well";

  image(id: string): { version: number; tags: Set<string> } {
    const image = this.images.get(id) ?? { version: 1, tags: new Set<string>() };
    this.images.set(id, image);
    return image;
  }

  async send(edit: Edit): Promise<Outcome> {
    this.received.push(edit.id);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.mood === "down") {
      return { kind: "unreachable" };
    }
    if (this.mood === "signed out") {
      return { kind: "signed-out", message: "Your session ended." };
    }
    if (this.mood === "refuses") {
      return { kind: "refused", code: "NotFoundTag", message: "This project has no such tag." };
    }
    const known = this.answers.get(edit.id);
    const outcome = known ?? this.apply(edit);
    this.answers.set(edit.id, outcome);
    return this.mood === "answer lost" ? { kind: "unreachable" } : outcome;
  }

  private apply(edit: Edit): Outcome {
    const images: ImageState[] = [];
    const conflicts: Conflict[] = [];
    for (const change of edit.changes) {
      const image = this.image(change.image);
      const before = image.version;
      if (before !== change.version) {
        const theirs = { image: change.image, version: before, tags: [...image.tags], ...UNBOXED, isRemoved: false, before };
        conflicts.push({ change, theirs, reason: "changed", changedBy: "ana", changedAt: "2026-01-01T00:00:00Z" });
        continue;
      }
      for (const tag of change.removeTags ?? []) {
        image.tags.delete(tag);
      }
      for (const tag of change.addTags ?? []) {
        image.tags.add(tag);
      }
      image.version += 1;
      images.push({ image: change.image, version: image.version, tags: [...image.tags], ...UNBOXED, isRemoved: false, before });
    }
    this.applied.push(edit.words);
    return { kind: "answered", answer: { id: edit.id, images, conflicts } };
  }
}

export class Clock {
  private timers: { at: number; run: () => void }[] = [];
  private nowMs = 0;

  after = (pause: number, run: () => void): (() => void) => {
    const timer = { at: this.nowMs + pause, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  now = (): number => this.nowMs;

  pending(): number {
    return this.timers.length;
  }

  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    const due = this.timers.filter((timer) => timer.at <= this.nowMs);
    this.timers = this.timers.filter((timer) => timer.at > this.nowMs);
    for (const timer of due) {
      timer.run();
    }
    await quiet();
  }
}

/** The tabs of one browser: one store, one lock, one channel. */
export class Browser {
  readonly store: EditStore = new MemoryEditStore();
  readonly clock = new Clock();
  readonly server: Server;
  private readonly listeners: { person: string; hear: () => void }[] = [];
  private lock: Promise<void> = Promise.resolve();
  private lastId = 0;
  /** Whether tabs hear nothing of each other. */
  isDeaf = false;

  constructor(server = new Server()) {
    this.server = server;
  }

  tab(person = "ben", project = "shapes"): PersonsEditQueue {
    let own: () => void = () => undefined;
    const ports: Ports = {
      store: this.store,
      send: (edit) => this.server.send(edit),
      exclusive: (work) => {
        const run = this.lock.then(work);
        this.lock = run.catch(() => undefined);
        return run;
      },
      post: () => {
        if (this.isDeaf) {
          return;
        }
        for (const { hear } of this.listeners.filter((each) => each.person === person && each.hear !== own)) {
          setImmediate(hear);
        }
      },
      listen: (listener) => {
        own = listener;
        this.listeners.push({ person, hear: listener });
      },
      after: this.clock.after,
      now: this.clock.now,
      newId: () => `edit ${++this.lastId}`,
      random: () => 1,
    };
    return new PersonsEditQueue(person, project, ports);
  }

  async kept(person = "ben"): Promise<KeptEdit[]> {
    return (await this.store.all(person)).filter((row) => !isDone(row));
  }
}

export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function tagging(image: string, tag: string, version = 1): [DraftEdit, DraftEdit] {
  return [
    { act: "label", changes: [{ image, version, addTags: [tag] }], words: `+${tag}` },
    { act: "label", changes: [{ image, version, removeTags: [tag] }], words: `-${tag}` },
  ];
}

export const tagsOf = (server: Server, image: string): string[] => [...server.image(image).tags].sort();
