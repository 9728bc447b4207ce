import assert from "node:assert/strict";
import { test } from "node:test";

import type { TagFace, TagRules } from "../src/edits/both_sides.ts";
import type { Box } from "../src/edits/types.ts";
import { acceptWords, draftAccept, draftChoose, isChanged } from "../src/errors/accepting.ts";
import type { Mistake } from "../src/errors/types.ts";
import type { GalleryItem } from "../src/gallery/types.ts";

const faces: TagFace[] = ["can", "cup", "box"].map((id, index) => ({ id, name: id, type: "Regular", color: 1, key: String(index + 1) }));
const one: TagRules = { tags: new Map(faces.map((tag) => [tag.id, tag])), isMulticlass: true };
const many: TagRules = { ...one, isMulticlass: false };
const THERE = { left: 0.1, top: 0.1, width: 0.4, height: 0.4 };
const NEAR = { left: 0.2, top: 0.1, width: 0.4, height: 0.4 };

function item(tags: string[], boxes: Box[] = []): GalleryItem {
  return { image: "i", version: 4, tags, boxes, hasNoObjects: false, name: "", width: 100, height: 100, thumbnail: "", picture: "", wrong: "" };
}

function mistake(kind: Mistake["kind"], trueTag: string, predictedTag: string, more: Partial<Mistake> = {}): Mistake {
  return { place: 0, image: "i", kind, trueTag, predictedTag, ...more };
}

const newId = (): string => "new";
const drawn = (tag: string): Box => ({ id: "old", tag, ...THERE });

test("the model's tag takes the place of the label, as suggested by a model, and undo brings that back", () => {
  const made = draftAccept(mistake("confused", "can", "cup"), item(["can"]), one, newId);
  assert.deepEqual(made?.edit.changes, [{ image: "i", version: 4, addTags: ["cup"], removeTags: ["can"], suggestedTags: ["cup"] }]);
  assert.deepEqual(made?.inverse.changes, [{ image: "i", version: 4, addTags: ["can"], removeTags: ["cup"] }]);
});

test("with many tags a false one is added and a missed one is taken off", () => {
  const added = draftAccept(mistake("false", "", "cup"), item(["can"]), many, newId);
  assert.deepEqual(added?.edit.changes, [{ image: "i", version: 4, addTags: ["cup"], removeTags: [], suggestedTags: ["cup"] }]);
  const off = draftAccept(mistake("missed", "can", ""), item(["can", "cup"]), many, newId);
  assert.deepEqual(off?.edit.changes, [{ image: "i", version: 4, addTags: [], removeTags: ["can"] }]);
});

test("where the model says nothing, or the label is so already, there is nothing to accept", () => {
  assert.equal(draftAccept(mistake("missed", "can", ""), item(["can"]), one, newId), null);
  assert.equal(acceptWords(mistake("missed", "can", ""), one), "");
  assert.equal(draftAccept(mistake("confused", "can", "cup"), item(["cup"]), one, newId), null);
  assert.equal(draftAccept(mistake("confused", "can", "deleted"), item(["can"]), one, newId), null);
});

test("a likely label error is mended to all tags that the model would give", () => {
  const doubt = mistake("confused", "can", "cup", { suggested: ["cup", "box"] });
  const made = draftAccept(doubt, item(["can"]), many, newId);
  assert.deepEqual(made?.edit.changes, [{ image: "i", version: 4, addTags: ["cup", "box"], removeTags: ["can"], suggestedTags: ["cup", "box"] }]);
  assert.equal(acceptWords(doubt, many), "Make it cup, box");
});

test("a key of a tag replaces the one tag, or puts one of many on and off", () => {
  assert.deepEqual(draftChoose(mistake("confused", "can", "cup"), item(["can"]), "box", one, newId)?.edit.changes, [
    { image: "i", version: 4, addTags: ["box"], removeTags: ["can"] },
  ]);
  assert.equal(draftChoose(mistake("confused", "can", "cup"), item(["can"]), "can", one, newId), null);
  assert.deepEqual(draftChoose(mistake("false", "", "cup"), item(["can"]), "can", many, newId)?.edit.changes, [
    { image: "i", version: 4, addTags: [], removeTags: ["can"] },
  ]);
});

test("the predicted box is added as a label that a model suggested", () => {
  const lacking = mistake("false", "", "cup", { predictedBox: NEAR });
  const made = draftAccept(lacking, item([]), many, newId);
  assert.deepEqual(made?.edit.changes[0]?.addBoxes, [{ id: "new", tag: "cup", ...NEAR, isSuggested: true }]);
  assert.deepEqual(made?.edit.changes[0]?.removeBoxes, []);
  assert.deepEqual(made?.inverse.changes[0]?.removeBoxes, ["new"]);
  assert.equal(acceptWords(lacking, many), "Add the box cup");
});

test("a confused box gets the model's tag where it is, a loose one the model's place", () => {
  const confused = mistake("confused", "can", "cup", { trueBox: THERE, predictedBox: NEAR });
  const retagged = draftAccept(confused, item(["can"], [drawn("can")]), many, newId);
  assert.deepEqual(retagged?.edit.changes[0]?.addBoxes, [{ id: "new", tag: "cup", ...THERE, isSuggested: true, replaces: "old" }]);
  assert.deepEqual(retagged?.edit.changes[0]?.removeBoxes, ["old"]);
  assert.deepEqual(retagged?.inverse.changes[0]?.addBoxes, [drawn("can")]);
  const loose = mistake("loose", "can", "can", { trueBox: THERE, predictedBox: NEAR });
  const moved = draftAccept(loose, item(["can"], [drawn("can")]), many, newId);
  assert.deepEqual(moved?.edit.changes[0]?.addBoxes, [{ id: "new", tag: "can", ...NEAR, isSuggested: true, replaces: "old" }]);
});

test("a box that the model does not see is deleted", () => {
  const missed = mistake("missed", "can", "", { trueBox: THERE });
  const made = draftAccept(missed, item(["can"], [drawn("can")]), many, newId);
  assert.deepEqual(made?.edit.changes[0]?.removeBoxes, ["old"]);
  assert.deepEqual(made?.edit.changes[0]?.addBoxes, []);
});

test("a box that was changed since is left alone, and the mistake counts as done", () => {
  const missed = mistake("missed", "can", "", { trueBox: THERE });
  const moved = item(["can"], [{ ...drawn("can"), left: 0.15 }]);
  assert.equal(draftAccept(missed, moved, many, newId), null);
  assert.equal(isChanged(missed, moved, ["can"]), true);
  assert.equal(isChanged(missed, item(["can"], [drawn("can")]), ["can"]), false);
});

test("a box that was lacking is there once one of its tag lies there", () => {
  const lacking = mistake("false", "", "cup", { predictedBox: NEAR });
  assert.equal(isChanged(lacking, item(["cup"], [{ id: "x", tag: "cup", ...NEAR, left: 0.22 }]), []), true);
  assert.equal(isChanged(lacking, item(["can"], [{ id: "x", tag: "can", ...NEAR }]), []), false);
  const second = { ...lacking, twins: 1 };
  assert.equal(isChanged(second, item(["cup"], [{ id: "x", tag: "cup", ...NEAR }]), []), false);
  assert.equal(isChanged(second, item(["cup"], [{ id: "x", tag: "cup", ...NEAR }, { id: "y", tag: "cup", ...NEAR }]), []), true);
  assert.equal(isChanged(mistake("confused", "can", "cup"), item(["cup"]), ["can"]), true);
  assert.equal(isChanged(mistake("confused", "can", "cup"), item(["can"]), ["can"]), false);
});
