import assert from "node:assert/strict";
import { test } from "node:test";

import { CHANGES_PER_EDIT, pauseMs } from "../src/edits/queue.ts";
import type { DraftEdit } from "../src/edits/types.ts";
import { Browser, quiet, tagging, tagsOf } from "./edit_queue_world.ts";

test("edits of one image are sent in order, each on the version that the one before made", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  await Promise.all(["a", "b", "c"].map((tag) => queue.perform(...tagging("i", tag))));
  assert.deepEqual(queue.state(), { kind: "saving", waiting: 3 });
  await quiet();
  assert.deepEqual(browser.server.applied, ["+a", "+b", "+c"]);
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "b", "c"]);
  assert.deepEqual(queue.state(), { kind: "saved" });
  assert.deepEqual(await browser.kept(), []);
});

test("an edit is stored before it is shown", async () => {
  const browser = new Browser();
  browser.server.mood = "down";
  const queue = browser.tab();
  const stored: number[] = [];
  queue.onPerformed(() => void browser.kept().then((rows) => stored.push(rows.length)));
  await queue.perform(...tagging("i", "a"));
  await quiet();
  assert.deepEqual(stored, [1]);
});

test("an edit that cannot be stored is neither shown nor sent", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  await queue.ready;
  browser.store.update = () => Promise.reject(new Error("the disk is full"));
  let shown = 0;
  queue.onPerformed(() => (shown += 1));
  await assert.rejects(queue.perform(...tagging("i", "a")), /disk is full/);
  await quiet();
  assert.equal(shown, 0);
  assert.deepEqual(browser.server.received, []);
  assert.equal(await queue.undo(), null);
});

test("a server that is away is tried again until it answers, and nothing is applied twice", async () => {
  const browser = new Browser();
  browser.server.mood = "answer lost";
  const queue = browser.tab();
  await queue.perform(...tagging("i", "a"));
  await quiet();
  assert.deepEqual(queue.state(), { kind: "offline", waiting: 1 });
  await browser.clock.advance(499);
  assert.equal(browser.server.received.length, 1);
  browser.server.mood = "well";
  await browser.clock.advance(1);
  assert.deepEqual(browser.server.received, ["edit 1", "edit 1"]);
  assert.deepEqual(browser.server.applied, ["+a"]);
  assert.equal(browser.server.image("i").version, 2);
  assert.deepEqual(queue.state(), { kind: "saved" });
  assert.equal(browser.clock.pending(), 0);
});

test("pauses double from half a second to half a minute, and up to half of each is chance", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 7, 99].map((pauses) => pauseMs(pauses, 1)), [500, 1000, 2000, 16000, 30000, 30000, 30000]);
  assert.equal(pauseMs(0, 0), 250);
});

test("being online again wakes the queue at once", async () => {
  const browser = new Browser();
  browser.server.mood = "down";
  const queue = browser.tab();
  await queue.perform(...tagging("i", "a"));
  await quiet();
  browser.server.mood = "well";
  queue.wake();
  await quiet();
  assert.deepEqual(queue.state(), { kind: "saved" });
});

test("edits made while the server is away make no pause longer, and a wake makes the next one short", async () => {
  const browser = new Browser();
  browser.server.mood = "down";
  const queue = browser.tab();
  for (let edit = 0; edit < 8; edit += 1) {
    await queue.perform(...tagging("i", `${edit}`));
    await quiet();
  }
  const tried = browser.server.received.length;
  await browser.clock.advance(500);
  assert.equal(browser.server.received.length, tried + 1);
  await browser.clock.advance(999);
  assert.equal(browser.server.received.length, tried + 1);
  queue.wake();
  await quiet();
  browser.server.mood = "well";
  await browser.clock.advance(500);
  assert.deepEqual(queue.state(), { kind: "saved" });
});

test("a page loaded anew sends what the closed one left, with what follows on it", async () => {
  const browser = new Browser();
  browser.server.mood = "answer lost";
  const closed = browser.tab();
  await closed.perform(...tagging("i", "a"));
  await closed.perform(...tagging("i", "b"));
  await quiet();
  browser.server.mood = "well";
  const opened = browser.tab();
  await opened.ready;
  assert.deepEqual(opened.waiting().map((edit) => edit.words), ["+a", "+b"]);
  await quiet();
  assert.deepEqual(browser.server.applied, ["+a", "+b"]);
  assert.deepEqual(opened.state(), { kind: "saved" });
});

test("a new page learns what another tab was answered since it was asked for", async () => {
  const browser = new Browser();
  const other = browser.tab();
  await other.perform(...tagging("i", "a"));
  await quiet();
  const opened = browser.tab();
  await opened.ready;
  assert.deepEqual(opened.waiting(), []);
  assert.deepEqual(opened.answered().map(({ image, version, tags }) => [image, version, tags]), [["i", 2, ["a"]]]);
});

test("a session that ended holds edits until the person is back", async () => {
  const browser = new Browser();
  browser.server.mood = "signed out";
  const queue = browser.tab();
  await queue.perform(...tagging("i", "a"));
  await quiet();
  assert.deepEqual(queue.state(), { kind: "signed-out", waiting: 1, message: "Your session ended." });
  browser.server.mood = "well";
  await browser.clock.advance(500);
  assert.deepEqual(queue.state(), { kind: "saved" });
});

test("edits of another person stay where they are", async () => {
  const browser = new Browser();
  browser.server.mood = "signed out";
  await browser.tab("ana").perform(...tagging("i", "a"));
  await quiet();
  browser.server.mood = "well";
  const ben = browser.tab("ben");
  await ben.perform(...tagging("i", "b"));
  await quiet();
  assert.deepEqual(browser.server.applied, ["+b"]);
  assert.deepEqual(ben.waiting(), []);
  assert.equal((await browser.kept("ana")).length, 1);
});

test("what waits for another project is sent too, but not shown here", async () => {
  const browser = new Browser();
  browser.server.mood = "down";
  await browser.tab("ben", "letters").perform(...tagging("i", "a"));
  await quiet();
  const here = browser.tab("ben", "shapes");
  await here.ready;
  assert.deepEqual(here.waiting(), []);
  assert.equal(here.state().kind === "saved", false);
  let answers = 0;
  here.onAnswer(() => (answers += 1));
  browser.server.mood = "well";
  await browser.clock.advance(60_000);
  assert.deepEqual(browser.server.applied, ["+a"]);
  assert.equal(answers, 0);
});

test("a refused edit stays with its reason until it is dropped; later ones go on", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  const refused: string[] = [];
  queue.onRefused((each) => refused.push(each.message));
  browser.server.mood = "refuses";
  await queue.perform(...tagging("i", "a"));
  await quiet();
  browser.server.mood = "well";
  await queue.perform(...tagging("i", "b"));
  await quiet();
  assert.deepEqual(refused, ["This project has no such tag."]);
  assert.deepEqual(queue.state(), { kind: "refused", waiting: 0, message: "This project has no such tag." });
  assert.deepEqual(browser.server.applied, ["+b"]);
  const again = browser.tab();
  await again.ready;
  assert.deepEqual(again.refused().map((each) => each.edit.words), ["+a"]);
  await again.drop("edit 1");
  assert.deepEqual(again.state(), { kind: "saved" });
  await quiet();
  assert.deepEqual(queue.state(), { kind: "saved" });
  assert.equal((await queue.undo())?.words, "-b");
  assert.equal(await queue.undo(), null);
});

test("undo and redo go back and forth without end, also over edits that still wait", async () => {
  const browser = new Browser();
  browser.server.mood = "down";
  const queue = browser.tab();
  for (const tag of ["a", "b", "c"]) {
    await queue.perform(...tagging("i", tag));
  }
  assert.deepEqual([(await queue.undo())?.words, (await queue.undo())?.words], ["-c", "-b"]);
  assert.equal((await queue.redo())?.words, "+b");
  browser.server.mood = "well";
  queue.wake();
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "b"]);
  assert.equal((await queue.redo())?.words, "+c");
  assert.equal(await queue.redo(), null);
  for (let turn = 0; turn < 3; turn += 1) {
    await queue.undo();
  }
  assert.equal(await queue.undo(), null);
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), []);
  await queue.redo();
  await queue.perform(...tagging("i", "z"));
  assert.equal(await queue.redo(), null);
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "z"]);
  assert.equal(queue.conflicts().length, 0);
});

test("an undo pressed before the edit is stored undoes that edit", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  await queue.perform(...tagging("i", "a"));
  const performing = queue.perform(...tagging("i", "b"));
  assert.equal((await queue.undo())?.words, "-b");
  await performing;
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a"]);
});

test("what somebody else changed meanwhile is told and survives a reload until it is decided", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  const told: string[] = [];
  queue.onConflict((edit, conflict) => told.push(`${edit.words} ${conflict.changedBy}`));
  browser.server.image("i").tags.add("hers");
  browser.server.image("i").version = 2;
  await queue.perform(...tagging("i", "a"));
  await quiet();
  assert.deepEqual(told, ["+a ana"]);
  assert.deepEqual(tagsOf(browser.server, "i"), ["hers"]);
  const again = browser.tab();
  await again.ready;
  assert.deepEqual(again.state(), { kind: "conflict", waiting: 0, changedBy: "ana" });
  const [open] = again.conflicts();
  assert.ok(open);
  await again.settle(open, tagging("i", "a", open.conflict.theirs.version)[0]);
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "hers"]);
  assert.deepEqual(again.state(), { kind: "saved" });
  assert.deepEqual(queue.state(), { kind: "saved" });
});

test("keeping theirs forgets mine; deciding twice performs once", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  browser.server.image("i").version = 2;
  await queue.perform(...tagging("i", "a"));
  await quiet();
  const [open] = queue.conflicts();
  assert.ok(open);
  await queue.settle(open, null);
  await queue.settle(open, tagging("i", "a", 2)[0]);
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), []);
  assert.deepEqual(await browser.kept(), []);
});

test("undoing after somebody else's change is a conflict, not an overwrite", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  await queue.perform(...tagging("i", "a"));
  await quiet();
  browser.server.image("i").tags.add("hers");
  browser.server.image("i").version += 1;
  await queue.undo();
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "hers"]);
  assert.equal(queue.conflicts().length, 1);
});

test("edits of two tabs on one image both survive", async () => {
  const browser = new Browser();
  const [left, right] = [browser.tab(), browser.tab()];
  const shownRight: string[] = [];
  right.onPerformed((edit) => shownRight.push(edit.words));
  await Promise.all([left.perform(...tagging("i", "a")), right.perform(...tagging("i", "b"))]);
  await quiet();
  await right.perform(...tagging("i", "c"));
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "b", "c"]);
  assert.deepEqual(shownRight.toSorted(), ["+a", "+b", "+c"]);
  assert.deepEqual([left.state(), right.state()], [{ kind: "saved" }, { kind: "saved" }]);
  assert.deepEqual(left.conflicts(), []);
});

test("an edit of very many images is sent in parts, and undone as one", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  const many = Array.from({ length: CHANGES_PER_EDIT * 2 + 1 }, (_, number) => `i${number}`);
  const draft = (part: "addTags" | "removeTags"): DraftEdit => ({
    act: "label",
    changes: many.map((image) => ({ image, version: 1, [part]: ["a"] })),
    words: part,
  });
  await queue.perform(draft("addTags"), draft("removeTags"));
  assert.deepEqual(queue.waiting().map((edit) => edit.changes.length), [CHANGES_PER_EDIT, CHANGES_PER_EDIT, 1]);
  await quiet();
  assert.ok(many.every((image) => browser.server.image(image).tags.has("a")));
  await queue.undo();
  await quiet();
  assert.ok(many.every((image) => !browser.server.image(image).tags.has("a")));
  assert.equal(await queue.undo(), null);
});

test("an edit made before this tab heard of another tab's answer follows that answer all the same", async () => {
  const browser = new Browser();
  const [left, right] = [browser.tab(), browser.tab()];
  await right.ready;
  browser.isDeaf = true;
  await left.perform(...tagging("i", "a"));
  await quiet();
  await right.perform(...tagging("i", "b"));
  await quiet();
  assert.deepEqual(tagsOf(browser.server, "i"), ["a", "b"]);
  assert.deepEqual(right.conflicts(), []);
});

test("what a tab got answered before it was closed, the others tell their pages as soon as they look", async () => {
  const browser = new Browser();
  const [closed, open] = [browser.tab(), browser.tab()];
  await open.ready;
  const heard: string[] = [];
  open.onPerformed((edit) => heard.push(`performed ${edit.words}`));
  open.onAnswer((edit, answer) => heard.push(`answered ${edit.words} ${answer.images[0]?.version}`));
  browser.isDeaf = true;
  await closed.perform(...tagging("i", "a"));
  await quiet();
  await open.perform(...tagging("j", "b"));
  await quiet();
  assert.deepEqual(heard, ["performed +a", "answered +a 2", "performed +b", "answered +b 2"]);
});

test("few answered edits are remembered", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  for (let edit = 0; edit < 60; edit += 1) {
    await queue.perform(...tagging("i", `${edit}`));
    await quiet();
  }
  assert.equal((await browser.store.all("ben")).length, 50);
  assert.equal(browser.server.image("i").version, 61);
});

test("a listener that fails does not stop the sending", async () => {
  const browser = new Browser();
  const queue = browser.tab();
  const error = console.error;
  const faults: unknown[] = [];
  console.error = (fault: unknown) => faults.push(fault);
  try {
    queue.onAnswer(() => {
      throw new Error("a fault in the page");
    });
    await queue.perform(...tagging("i", "a"));
    await quiet();
  } finally {
    console.error = error;
  }
  assert.equal(faults.length, 1);
  assert.deepEqual(queue.state(), { kind: "saved" });
});
