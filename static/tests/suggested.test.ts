import assert from "node:assert/strict";
import { test } from "node:test";

import type { TagFace, TagRules } from "../src/edits/both_sides.ts";
import { nextBatch } from "../src/suggested/batch.ts";
import { Choices, draftConfirm, isTickedAtFirst, offeredTags } from "../src/suggested/choices.ts";
import { LookPace } from "../src/suggested/look_pace.ts";
import { idleWords, leftWords, progressWords, suggestedWords } from "../src/suggested/words.ts";

function face(id: string, type = "Regular"): TagFace {
  return { id, name: id, type, color: 1, key: "1" };
}

const faces = [face("cat"), face("dog"), face("none", "Negative")];
const multiclass: TagRules = { tags: new Map(faces.map((tag) => [tag.id, tag])), isMulticlass: true };
const multilabel: TagRules = { ...multiclass, isMulticlass: false };

function said(...pairs: [string, number][]) {
  return pairs.map(([tag, probability]) => ({ tag, probability }));
}

test("what was unticked comes last, the one that waited longest first", () => {
  const order = ["a", "b", "c", "d", "e"];
  assert.deepEqual(nextBatch(order, (image) => image !== "b", new Set(["a"]), 2), ["c", "d"]);
  assert.deepEqual(nextBatch(order, (image) => "ace".includes(image), new Set(["e", "gone", "c", "a"]), 2), ["e", "c"]);
  assert.deepEqual(nextBatch([], () => true, new Set(["a"]), 2), []);
});

test("with one tag an image it is the one looked at, or else the most probable", () => {
  assert.deepEqual(offeredTags(said(["dog", 0.6], ["cat", 0.4]), "", multiclass), ["dog"]);
  assert.deepEqual(offeredTags(said(["dog", 0.6], ["cat", 0.4]), "cat", multiclass), ["cat"]);
  assert.deepEqual(offeredTags([], "cat", multiclass), []);
});

test("with many tags an image it is all that are probable enough, or the negative one alone", () => {
  assert.deepEqual(offeredTags(said(["dog", 0.9], ["cat", 0.8], ["none", 0.6]), "cat", multilabel), ["dog", "cat"]);
  assert.deepEqual(offeredTags(said(["none", 0.9], ["cat", 0.8]), "", multilabel), ["none"]);
});

test("an image is not ticked where another tag is more probable than the one looked at", () => {
  assert.equal(isTickedAtFirst(said(["dog", 0.6], ["cat", 0.4]), "cat", multiclass), false);
  assert.equal(isTickedAtFirst(said(["cat", 0.6], ["dog", 0.4]), "cat", multiclass), true);
  assert.equal(isTickedAtFirst(said(["dog", 0.6], ["cat", 0.4]), "", multiclass), true);
  assert.equal(isTickedAtFirst(said(["dog", 0.9], ["cat", 0.8]), "cat", multilabel), true);
  assert.equal(isTickedAtFirst(said(["none", 0.9], ["cat", 0.8]), "cat", multilabel), false);
  assert.equal(isTickedAtFirst([], "", multiclass), false);
});

test("a key puts another tag in the suggested one's place, or beside it and off again", () => {
  const item = { image: "a", version: 1, suggested: said(["dog", 0.9]) };
  const choices = new Choices();
  choices.toggle(item, "cat", "", multiclass);
  assert.deepEqual(choices.tagsOf(item, "", multiclass), ["cat"]);
  const many = new Choices();
  many.toggle(item, "cat", "", multilabel);
  assert.deepEqual(many.tagsOf(item, "", multilabel), ["dog", "cat"]);
  many.toggle(item, "dog", "", multilabel);
  assert.deepEqual(many.tagsOf(item, "", multilabel), ["cat"]);
  many.toggle(item, "none", "", multilabel);
  assert.deepEqual(many.tagsOf(item, "", multilabel), ["none"]);
});

test("confirming is one edit that says which tags a model suggested, and its undo takes them off", () => {
  const items = [
    { image: "a", version: 3, suggested: said(["dog", 0.9]) },
    { image: "b", version: 1, suggested: said(["dog", 0.8]) },
    { image: "c", version: 1, suggested: said(["dog", 0.7]) },
  ];
  const tags: Record<string, string[]> = { a: ["dog"], b: ["cat"], c: [] };
  const draft = draftConfirm(items, ({ image }) => tags[image] ?? [], multiclass);
  assert.deepEqual(draft?.edit.changes, [
    { image: "a", version: 3, addTags: ["dog"], removeTags: [], suggestedTags: ["dog"] },
    { image: "b", version: 1, addTags: ["cat"], removeTags: [], suggestedTags: [] },
  ]);
  assert.equal(draft?.edit.words, "Confirmed the tags of 2 images");
  assert.deepEqual(draft?.inverse.changes[0], { image: "a", version: 3, addTags: [], removeTags: ["dog"] });
  assert.equal(draftConfirm(items, () => ["dog"], multiclass)?.edit.words, "Tagged 3 images dog");
  assert.equal(draftConfirm(items, () => [], multiclass), null);
});

test("calls grow until one takes a second and a half, never beyond what is left", () => {
  const pace = new LookPace();
  assert.equal(pace.nextCount(200), 4);
  assert.equal(pace.secondsFor(200), null);
  pace.note(4, 60_000);
  assert.equal(pace.nextCount(200), 4);
  assert.equal(pace.secondsFor(200), null);
  pace.note(4, 400);
  assert.equal(pace.nextCount(200), 8);
  pace.note(8, 800);
  assert.equal(pace.nextCount(200), 15);
  assert.equal(pace.secondsFor(30), 3);
  assert.equal(pace.nextCount(3), 3);
  pace.note(60, 600_000);
  assert.equal(pace.nextCount(200), 1);
  const fast = new LookPace();
  for (let call = 0; call < 7; call += 1) fast.note(fast.nextCount(1000), 10);
  assert.equal(fast.nextCount(1000), 64);
});

test("words", () => {
  const [cat, dog] = [face("cat"), face("dog")];
  assert.equal(suggestedWords([{ tag: cat, probability: 0.934 }, { tag: dog, probability: null }]), "cat 93%, dog");
  assert.equal(suggestedWords([{ tag: cat, probability: null, count: 2 }]), "2 cat");
  assert.equal(suggestedWords([]), "no tag");
  assert.equal(leftWords(1, 1200), "1 stays untagged, 1,200 more after these");
  assert.equal(leftWords(0, 0), "All ticked");
  assert.equal(idleWords(1240, 200, "Iteration 3"), "1,040 untagged images that Iteration 3 has not looked at.");
  assert.equal(idleWords(5, 5, "Iteration 3"), "Iteration 3 has looked at all 5 untagged images.");
  assert.equal(progressWords(48, 200, null), "48 of 200");
  assert.equal(progressWords(48, 2000, 300), "48 of 2,000, about 5 min left");
});
