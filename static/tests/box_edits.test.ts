import assert from "node:assert/strict";
import test from "node:test";

import { editsForMine, inverseOf, type TagRules, withWaiting } from "../src/edits/both_sides.ts";
import type { Box, DraftEdit, ImageChange, ImageState, OpenConflict } from "../src/edits/types.ts";
import { copiesOf, draftBoxes, draftNoObjects, replacement } from "../src/editor/drafts.ts";
import { Offer } from "../src/editor/suggestions.ts";
import { draftNoObjects as draftManyEmpty } from "../src/gallery/drafts.ts";

const RULES: TagRules = { tags: new Map(), isMulticlass: false };

function box(id: string, tag = "can", left = 0.1, replaces?: string): Box {
  return { id, tag, left, top: 0.2, width: 0.3, height: 0.4, ...(replaces === undefined ? {} : { replaces }) };
}

function image(boxes: Box[], hasNoObjects = false): ImageState {
  return { image: "i", version: 4, tags: [...new Set(boxes.map(({ tag }) => tag))], boxes, hasNoObjects, isRemoved: false };
}

function label(change: Partial<ImageChange>): DraftEdit {
  return { act: "label", changes: [{ image: "i", version: 4, ...change }], words: "" };
}

test("boxes bring their tags, and the last one of a tag takes it along", () => {
  const one = box("a");
  const added = withWaiting(image([one]), [label({ addBoxes: [box("b", "cup")], removeBoxes: [] })]);
  assert.deepEqual(added.tags, ["can", "cup"]);
  const left = withWaiting(added, [label({ removeBoxes: ["a"] })]);
  assert.deepEqual(left.tags, ["cup"]);
  assert.deepEqual(left.boxes.map(({ id }) => id), ["b"]);
});

test("a tag that has no box stays when boxes of others go", () => {
  const state: ImageState = { ...image([box("a", "cup")]), tags: ["can", "cup"] };
  assert.deepEqual(withWaiting(state, [label({ removeBoxes: ["a"] })]).tags, ["can"]);
});

test("a box that is put on twice is there once", () => {
  const state = withWaiting(image([box("a")]), [label({ addBoxes: [box("a")] })]);
  assert.deepEqual(state.boxes, [box("a")]);
});

test("a moved box is another one in its place, and undo brings the first back under its id", () => {
  const before = box("a");
  const after = replacement(before, { left: 0.5 }, "b");
  assert.deepEqual(after, box("b", "can", 0.5, "a"));
  const state = image([before]);
  const draft = draftBoxes(state, [before], [after], "Moved can");
  assert.ok(draft);
  const moved = withWaiting(state, [draft.edit]);
  assert.deepEqual(moved.boxes, [after]);
  assert.deepEqual(withWaiting(moved, [draft.inverse]).boxes, [before]);
});

test("a box ends that there are no objects, and undo says it again", () => {
  const state = image([], true);
  const draft = draftBoxes(state, [], [box("a")], "Drew can");
  assert.ok(draft);
  const drawn = withWaiting(state, [draft.edit]);
  assert.equal(drawn.hasNoObjects, false);
  assert.equal(withWaiting(drawn, [draft.inverse]).hasNoObjects, true);
});

test("no objects are said of an image without boxes alone, and once", () => {
  assert.equal(draftNoObjects(image([box("a")]), true), null);
  assert.equal(draftNoObjects(image([], true), true), null);
  assert.equal(withWaiting(image([]), [draftNoObjects(image([]), true)!.edit]).hasNoObjects, true);
});

test("nothing to change is no edit", () => {
  assert.equal(draftBoxes(image([]), [], [], ""), null);
});

function conflict(change: Partial<ImageChange>, theirs: ImageState): OpenConflict {
  const { changes, act, words } = label(change);
  const edit = { act, changes, words, id: "e", project: "p", person: "b", queuedAt: 0 };
  return { edit, conflict: { change: changes[0]!, theirs, reason: "changed", changedBy: "ana", changedAt: "" } };
}

test("keeping mine adds my boxes to theirs; a box that both moved is where I put it", () => {
  const theirs = image([box("b", "can", 0.6, "a"), box("c", "cup")]);
  const mine = box("d", "can", 0.3, "a");
  const [edit] = editsForMine(conflict({ addBoxes: [mine], removeBoxes: ["a"] }, theirs), RULES);
  assert.deepEqual(edit?.changes, [
    { image: "i", version: 4, addBoxes: [mine], removeBoxes: ["b"], hasNoObjects: false },
  ]);
});

test("keeping my no objects takes their boxes off, and the inverse puts them on", () => {
  const theirs = image([box("b")]);
  const [edit] = editsForMine(conflict({ hasNoObjects: true }, theirs), RULES);
  assert.ok(edit);
  assert.deepEqual(edit.changes[0]?.removeBoxes, ["b"]);
  assert.equal(edit.changes[0]?.hasNoObjects, true);
  const back = withWaiting(withWaiting(theirs, [edit]), [inverseOf(edit, theirs)]);
  assert.deepEqual(back, theirs);
});

test("copies have ids of their own, and leave out what is there already", () => {
  let last = 0;
  const copies = copiesOf([box("a"), box("b", "can", 0.5)], [box("c")], () => `new ${++last}`);
  assert.deepEqual(copies, [box("new 1", "can", 0.5)]);
});

test("of many images those without boxes are marked, in one edit that undo takes back", () => {
  const states = [{ ...image([]), image: "empty" }, { ...image([box("a")]), image: "boxed" }, { ...image([], true), image: "said" }];
  const draft = draftManyEmpty(states);
  assert.deepEqual(draft?.edit.changes, [{ image: "empty", version: 4, hasNoObjects: true }]);
  assert.deepEqual(draft?.inverse.changes, [{ image: "empty", version: 4, hasNoObjects: false }]);
  assert.equal(draftManyEmpty(states.slice(1)), null);
});

test("suggestions about objects that have their box, and dismissed ones, are not shown", () => {
  const offer = new Offer();
  const place = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
  const suggested = (left: number) => ({ ...place, left, tag: null, probability: 0.9 });
  offer.suggestions = { source: "iteration", by: "Iteration 1", note: "note", reason: "", boxes: [suggested(0.1), suggested(0.5), suggested(0.7)] };
  assert.deepEqual(offer.open([place]).map(({ id }) => id), ["suggested-1", "suggested-2"]);
  offer.dismiss("suggested-2");
  assert.deepEqual(offer.open([place]).map(({ left }) => left), [0.5]);
  assert.equal(offer.words(1), "Point at an object to see its box, click to accept it. note");
  assert.equal(offer.words(0), "Every suggestion is accepted or dismissed.");
});
