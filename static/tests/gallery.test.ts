import assert from "node:assert/strict";
import { test } from "node:test";

import type { TagFace, TagRules } from "../src/edits/both_sides.ts";
import { draftDelete, draftTag, draftUntag } from "../src/gallery/drafts.ts";
import { Selection } from "../src/gallery/selection.ts";
import { readIds } from "../src/gallery/server.ts";
import { tileWindow } from "../src/gallery/tile_window.ts";
import { matching } from "../src/gallery/tag_picker.ts";

function face(id: string, type = "Regular"): TagFace {
  return { id, name: id, type, color: 1, key: "1" };
}

const faces = [face("cat"), face("dog"), face("none", "Negative")];
const multiclass: TagRules = { tags: new Map(faces.map((tag) => [tag.id, tag])), isMulticlass: true };
const multilabel: TagRules = { ...multiclass, isMulticlass: false };

test("a tag goes on those that lack it alone, and its inverse takes it off them alone", () => {
  const states = [{ image: "a", version: 3, tags: ["dog"] }, { image: "b", version: 1, tags: ["cat"] }];
  const draft = draftTag(states, "cat", true, multilabel);
  assert.deepEqual(draft?.edit.changes, [{ image: "a", version: 3, addTags: ["cat"], removeTags: [] }]);
  assert.deepEqual(draft?.inverse.changes, [{ image: "a", version: 3, addTags: [], removeTags: ["cat"] }]);
  assert.equal(draft?.edit.words, "Tagged 1 image cat");
});

test("with one tag an image a new tag takes the old one's place, and undo brings it back", () => {
  const draft = draftTag([{ image: "a", version: 1, tags: ["dog"] }], "cat", true, multiclass);
  assert.deepEqual(draft?.edit.changes[0], { image: "a", version: 1, addTags: ["cat"], removeTags: ["dog"] });
  assert.deepEqual(draft?.inverse.changes[0], { image: "a", version: 1, addTags: ["dog"], removeTags: ["cat"] });
});

test("a negative tag stands alone", () => {
  const draft = draftTag([{ image: "a", version: 1, tags: ["cat", "dog"] }], "none", true, multilabel);
  assert.deepEqual(draft?.edit.changes[0]?.removeTags, ["cat", "dog"]);
});

test("nothing to change is no edit", () => {
  assert.equal(draftTag([{ image: "a", version: 1, tags: ["cat"] }], "cat", true, multilabel), null);
  assert.equal(draftUntag([{ image: "a", version: 1, tags: [] }]), null);
});

test("deleting names the versions that were seen", () => {
  const { edit, inverse } = draftDelete([{ image: "a", version: 7, tags: [] }]);
  assert.deepEqual(edit.changes, [{ image: "a", version: 7 }]);
  assert.equal(inverse.act, "restore");
});

test("a range is selected from the last one picked, in the shown order", () => {
  const selection = new Selection(() => undefined);
  selection.toggle("b");
  selection.extend("d", ["a", "b", "c", "d", "e"]);
  assert.deepEqual(selection.images(), ["b", "c", "d"]);
});

test("ids are read from 16 bytes each", () => {
  const bytes = new Uint8Array(16).map((_, index) => index);
  assert.deepEqual(readIds(bytes), ["00010203-0405-0607-0809-0a0b0c0d0e0f"]);
});

test("typing finds tags that begin with it first", () => {
  const tags = ["bobcat", "cat", "dog"].map((name) => ({ ...face(name), description: "", imageCount: 0 }));
  assert.deepEqual(matching(tags, "cat").map(({ name }) => name), ["cat", "bobcat"]);
});

test("a tag typed whole comes before longer ones that begin with it", () => {
  const tags = ["canister", "can"].map((name) => ({ ...face(name), description: "", imageCount: 0 }));
  assert.deepEqual(matching(tags, "Can").map(({ name }) => name), ["can", "canister"]);
});

test("of ten thousand tiles only those around the window are in the page, in whole rows, with room for the rest", () => {
  const geometry = { count: 10_000, columns: 5, rowPixels: 200, scrolledPixels: 100_000, windowPixels: 900 };
  const { start, end, rowsAbove, rowsBelow } = tileWindow(geometry);
  assert.ok(end - start < 250);
  assert.equal(start % 5, 0);
  assert.ok(start <= 500 * 5 && end >= 505 * 5);
  assert.equal(rowsAbove + Math.ceil((end - start) / 5) + rowsBelow, 2000);
  assert.deepEqual(tileWindow({ ...geometry, scrolledPixels: 100_010 }), { start, end, rowsAbove, rowsBelow });
});

test("the first and the last tiles are there at the ends", () => {
  const geometry = { count: 103, columns: 5, rowPixels: 200, scrolledPixels: -300, windowPixels: 900 };
  assert.deepEqual(tileWindow(geometry), { start: 0, end: 55, rowsAbove: 0, rowsBelow: 10 });
  const atEnd = tileWindow({ ...geometry, scrolledPixels: 3300 });
  assert.deepEqual({ start: atEnd.start, end: atEnd.end, rowsBelow: atEnd.rowsBelow }, { start: 40, end: 103, rowsBelow: 0 });
  assert.deepEqual(tileWindow({ ...geometry, count: 0 }), { start: 0, end: 0, rowsAbove: 0, rowsBelow: 0 });
});
