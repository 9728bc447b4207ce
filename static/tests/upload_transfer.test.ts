import assert from "node:assert/strict";
import test from "node:test";

import { nextBatch, spreadSent, wantedBytes } from "../src/uploads/batches.ts";
import { MOST_REQUESTS, MOST_TRIES, Transfer, type TransferPorts } from "../src/uploads/transfer.ts";
import type { ItemAnswer, SendOutcome, UploadItem } from "../src/uploads/types.ts";

const MB = 1024 * 1024;

function item(id: number, more: Partial<UploadItem> = {}): UploadItem {
  return {
    id,
    name: `${id}.jpg`,
    file: new Blob(["x"]),
    address: "",
    weight: MB,
    tags: ["can"],
    state: "waiting",
    sent: 0,
    lostAnswers: 0,
    firstSentAt: 0,
    image: null,
    words: "",
    isRetryable: false,
    ...more,
  };
}

function answer(status = "OK", more: Partial<ItemAnswer> = {}): ItemAnswer {
  return { status, image: "id", words: status, isRetryable: false, ageMs: null, ...more };
}

/** A server and a clock that the test moves by hand. */
class World implements TransferPorts {
  time = 1000;
  sent: UploadItem[][] = [];
  open: ((outcome: SendOutcome) => void)[] = [];
  timers: { at: number; run: () => void }[] = [];

  send(batch: UploadItem[], _onSent: (bytes: number) => void, signal: AbortSignal): Promise<SendOutcome> {
    this.sent.push(batch);
    return new Promise((resolve) => {
      this.open.push(resolve);
      signal.addEventListener("abort", () => resolve({ kind: "cancelled" }));
    });
  }

  after(pauseMs: number, run: () => void): () => void {
    const timer = { at: this.time + pauseMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return 1;
  }

  async reply(outcome: SendOutcome): Promise<void> {
    this.open.shift()?.(outcome);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async pass(ms: number): Promise<void> {
    this.time += ms;
    const due = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.run();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function answered(...items: ItemAnswer[]): SendOutcome {
  return { kind: "answered", items };
}

test("a request takes what has the same tags, up to its bytes, and always one", () => {
  const items = [item(1), item(2, { tags: ["cup"] }), item(3), item(4), item(5, { weight: 9 * MB })];
  assert.deepEqual(nextBatch(items, 2.5 * MB).map(({ id }) => id), [1, 3]);
  assert.deepEqual(nextBatch([item(5, { weight: 9 * MB }), item(6)], 2 * MB).map(({ id }) => id), [5]);
});

test("addresses and files travel apart", () => {
  const items = [item(1, { file: null, weight: 0 }), item(2), item(3, { file: null, weight: 0 })];
  assert.deepEqual(nextBatch(items, 8 * MB).map(({ id }) => id), [1, 3]);
});

test("what broke requests goes alone", () => {
  const items = [item(1), item(2, { lostAnswers: 2 }), item(3)];
  assert.deepEqual(nextBatch(items, 8 * MB).map(({ id }) => id), [1, 3]);
  assert.deepEqual(nextBatch(items.slice(1), 8 * MB).map(({ id }) => id), [2]);
});

test("a request is as large as the network carries in a moment", () => {
  assert.equal(wantedBytes(null, 4), 2 * MB);
  assert.equal(wantedBytes(100_000, 4), 256 * 1024);
  assert.equal(wantedBytes(100 * MB, 4), 8 * MB);
});

test("bytes that left are told of the files in their order", () => {
  const batch = [item(1), item(2), item(3)];
  spreadSent(batch, 1.5 * MB);
  assert.deepEqual(batch.map(({ sent }) => sent), [1, 0.5, 0]);
});

test("four requests at a time, and each image ends with its answer", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add(Array.from({ length: 10 }, (_, index) => item(index, { weight: 2 * MB })));
  assert.equal(world.sent.length, MOST_REQUESTS);
  await world.reply(answered(answer("OKDuplicate", { ageMs: 99_999_999 })));
  assert.equal(world.sent.length, MOST_REQUESTS + 1);
  for (let left = 9; left > 0; left -= 1) {
    await world.reply(answered(left === 1 ? answer("ErrorImageFormat", { image: null, words: "Not an image." }) : answer()));
  }
  const { phase, total, finished, uploaded, duplicates, failed, progress } = transfer.state();
  assert.deepEqual({ phase, total, finished, uploaded, duplicates, failed, progress }, {
    phase: "done", total: 10, finished: 10, uploaded: 8, duplicates: 1, failed: 1, progress: 1,
  });
});

test("without a network all waits, and goes on by itself with pauses that double", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1)]);
  const pauses: number[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    await world.reply({ kind: "unreachable" });
    assert.equal(transfer.state().phase, "waiting");
    const pause = (world.timers[0]?.at ?? 0) - world.time;
    pauses.push(pause);
    await world.pass(pause);
  }
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  await world.reply(answered(answer()));
  assert.equal(transfer.state().uploaded, 1);
});

test("back online it goes on at once", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1)]);
  await world.reply({ kind: "unreachable" });
  transfer.wake();
  assert.equal(world.sent.length, 2);
  assert.equal(world.timers.length, 0);
});

test("an image whose answer was lost is told as uploaded, not as a duplicate", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1, { weight: 2 * MB }), item(2, { weight: 2 * MB })]);
  await world.reply({ kind: "unreachable" });
  await world.reply({ kind: "unreachable" });
  await world.pass(5000);
  await world.reply(answered(answer("OKDuplicate", { ageMs: 4000 })));
  await world.reply(answered(answer("OKDuplicate", { ageMs: 60_000 })));
  assert.deepEqual(transfer.items.map(({ state }) => state), ["uploaded", "duplicate"]);
});

test("a server that fails is asked less and less at once, and one image at last fails alone", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1), item(2)]);
  for (let tries = 0; tries < 2; tries += 1) {
    await world.reply({ kind: "busy", status: 500 });
    await world.pass(60_000);
  }
  assert.deepEqual(world.sent.at(-1)?.map(({ id }) => id), [1]);
  for (let tries = 2; tries < MOST_TRIES; tries += 1) {
    await world.reply({ kind: "busy", status: 500 });
    await world.pass(60_000);
  }
  assert.equal(transfer.items[0]?.state, "failed");
  assert.match(transfer.items[0]?.words ?? "", /500/);
  await world.reply(answered(answer()));
  assert.equal(transfer.items[1]?.state, "uploaded");
});

test("a session that ended stops all until the person is back", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1)]);
  await world.reply({ kind: "signed-out", message: "Your session ended." });
  assert.deepEqual([transfer.state().phase, transfer.state().message], ["signed-out", "Your session ended."]);
  transfer.wake();
  await world.reply(answered(answer()));
  assert.equal(transfer.state().phase, "done");
});

test("a refusal fails its images with the server's words; retry sends them again", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1)]);
  await world.reply({ kind: "refused", code: "Forbidden", message: "Your role lacks the right." });
  assert.deepEqual([transfer.items[0]?.state, transfer.items[0]?.words], ["failed", "Your role lacks the right."]);
  transfer.retryFailed();
  await world.reply(answered(answer()));
  assert.equal(transfer.items[0]?.state, "uploaded");
});

test("a file that the browser cannot read fails, the others of its request go on", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1), item(2)]);
  await world.reply({ kind: "unreadable", places: [0] });
  assert.deepEqual(transfer.items.map(({ state }) => state), ["failed", "sending"]);
  await world.reply(answered(answer()));
  assert.deepEqual(transfer.items.map(({ state }) => state), ["failed", "uploaded"]);
});

test("cancel stops what is on its way and what waits", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add(Array.from({ length: 6 }, (_, index) => item(index, { weight: 2 * MB })));
  await world.reply(answered(answer()));
  transfer.cancel();
  await world.pass(0);
  const { phase, uploaded, cancelled } = transfer.state();
  assert.deepEqual({ phase, uploaded, cancelled }, { phase: "done", uploaded: 1, cancelled: 5 });
  assert.equal(transfer.isBusy(), false);
});

test("a second upload starts from its own first image", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add([item(1), item(2)]);
  await world.reply(answered(answer(), answer()));
  transfer.add([item(3)]);
  await world.reply(answered(answer()));
  transfer.clear();
  transfer.add([item(4)]);
  assert.deepEqual(world.sent.at(-1)?.map(({ id }) => id), [4]);
  await world.reply(answered(answer()));
  assert.deepEqual([transfer.state().phase, transfer.state().uploaded], ["done", 1]);
});

test("speed and time left come from the last seconds", async () => {
  const world = new World();
  const transfer = new Transfer(world, () => undefined);
  transfer.add(Array.from({ length: 20 }, (_, index) => item(index, { weight: 2 * MB })));
  for (let done = 0; done < 10; done += 1) {
    await world.pass(1000);
    await world.reply(answered(answer()));
  }
  assert.equal(Math.round(transfer.state().photosPerSecond), 1);
  assert.equal(Math.round(transfer.state().secondsLeft ?? 0), 10);
});
