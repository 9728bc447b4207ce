import assert from "node:assert/strict";
import { test } from "node:test";

import { type TagRules, editsForMine, inverseOf, toMake, withChange, withWaiting } from "../src/edits/both_sides.ts";
import { newId } from "../src/edits/ids.ts";
import { outcomeOf } from "../src/edits/outcome.ts";
import { saveWords } from "../src/edits/save_words.ts";
import type { ConflictReason, DraftEdit, ImageState, OpenConflict } from "../src/edits/types.ts";

const face = (id: string, type = "Regular") => ({ id, name: id, type, color: 1, key: "1" });
const tags = new Map(["can", "cup"].map((id) => [id, face(id)] as const).concat([["none", face("none", "Negative")]]));
const multilabel: TagRules = { tags, isMulticlass: false };
const multiclass: TagRules = { tags, isMulticlass: true };
const state = (shown: string[], isRemoved = false): ImageState => ({
  image: "i",
  version: 7,
  tags: shown,
  boxes: [],
  hasNoObjects: false,
  isRemoved,
});

function conflict(act: DraftEdit["act"], reason: ConflictReason, theirs: ImageState): OpenConflict {
  const change = { image: "i", version: 5, addTags: ["can"] };
  const edit = { act, changes: [change], words: "Tagged 1 image can", id: "e", project: "p", person: "b", queuedAt: 0 };
  return { edit, conflict: { change, theirs, reason, changedBy: "ana", changedAt: "" } };
}

test("a change keeps to the project's rules", () => {
  const add = (tag: string) => ({ image: "i", version: 1, addTags: [tag] });
  assert.deepEqual(withChange(["cup"], add("can"), multilabel), ["cup", "can"]);
  assert.deepEqual(withChange(["cup"], add("can"), multiclass), ["can"]);
  assert.deepEqual(withChange(["cup"], add("none"), multilabel), ["none"]);
  assert.deepEqual(withChange(["none"], add("can"), multilabel), ["can"]);
  assert.deepEqual(withChange(["can", "cup"], { image: "i", version: 1, removeTags: ["can"] }, multiclass), ["cup"]);
});

test("keeping mine makes the image what I wanted, on the version that I have now seen", () => {
  assert.deepEqual(editsForMine(conflict("label", "changed", state(["cup"])), multiclass), [
    {
      act: "label",
      changes: [{ image: "i", version: 7, addTags: ["can"], removeTags: ["cup"] }],
      words: "Tagged 1 image can",
    },
  ]);
  const back = editsForMine(conflict("label", "deleted", state([], true)), multilabel);
  assert.deepEqual(
    back.map((edit) => [edit.act, edit.changes[0]?.version]),
    [
      ["restore", 7],
      ["label", 7],
    ],
  );
  assert.deepEqual(
    editsForMine(conflict("delete", "changed", state(["cup"])), multilabel).map((edit) => edit.act),
    ["delete"],
  );
  assert.deepEqual(editsForMine(conflict("label", "gone", state([], true)), multilabel), []);
  assert.deepEqual(editsForMine(conflict("restore", "uploaded again", state([], true)), multilabel), []);
});

test("an inverse takes back what the edit did, from the version before it", () => {
  const edit = toMake(state(["can"]), state(["cup"]), "Retagged", false);
  assert.deepEqual(inverseOf(edit, state(["cup"])).changes, [
    { image: "i", version: 7, addTags: ["cup"], removeTags: ["can"] },
  ]);
  assert.equal(inverseOf({ act: "delete", changes: [], words: "" }, state([])).act, "restore");
  assert.equal(inverseOf({ act: "restore", changes: [], words: "" }, state([])).act, "delete");
});

test("what waits is shown over what the server said, in order", () => {
  const waiting: DraftEdit[] = [
    { act: "label", changes: [{ image: "i", version: 1, addTags: ["can"], removeTags: ["cup"] }], words: "" },
    { act: "label", changes: [{ image: "other", version: 1, addTags: ["none"] }], words: "" },
    { act: "delete", changes: [{ image: "i", version: 1 }], words: "" },
  ];
  assert.deepEqual(withWaiting(state(["cup"]), waiting), state(["can"], true));
  assert.deepEqual(withWaiting(state(["cup"]), []), state(["cup"]));
});

test("the save state says what is, and what can be done", () => {
  assert.equal(saveWords({ kind: "saved" }).text, "Saved");
  assert.equal(saveWords({ kind: "saving", waiting: 2 }).text, "Saving");
  assert.equal(saveWords({ kind: "offline", waiting: 1 }).text, "Offline, 1 edit waiting");
  assert.deepEqual(saveWords({ kind: "signed-out", waiting: 3, message: "" }), {
    text: "Signed out, 3 edits waiting",
    act: "sign in",
    actWords: "Sign in",
  });
  assert.equal(saveWords({ kind: "conflict", waiting: 0, changedBy: "Ana" }).text, "Changed by Ana");
  assert.equal(saveWords({ kind: "conflict", waiting: 0, changedBy: "" }).text, "Changed meanwhile");
  assert.equal(saveWords({ kind: "refused", waiting: 0, message: "" }).act, "see refused");
  assert.match(saveWords({ kind: "saving", waiting: 1 }, false).text, /^Saving; .* leave this page open$/);
  assert.equal(saveWords({ kind: "saved" }, false).text, "Saved");
});

test("only the server's own answer to this edit ends it", () => {
  const answer = { id: "e", images: [], conflicts: [] };
  assert.deepEqual(outcomeOf("e", 200, answer), { kind: "answered", answer });
  assert.equal(outcomeOf("other", 200, answer).kind, "unreachable");
  assert.equal(outcomeOf("e", 200, "<html>a hotel's sign-in page</html>").kind, "unreachable");
  assert.equal(outcomeOf("e", 200, null).kind, "unreachable");
  assert.equal(outcomeOf("e", 502, { code: "ErrorUnknown", message: "" }).kind, "unreachable");
  assert.equal(outcomeOf("e", 403, { code: "ErrorUnknown", message: "" }).kind, "unreachable");
  assert.equal(outcomeOf("e", 404, {}).kind, "unreachable");
  assert.equal(outcomeOf("e", 429, { code: "TooManyRequests", message: "" }).kind, "unreachable");
  assert.equal(outcomeOf("e", 500, { code: "ErrorServer", message: "" }).kind, "unreachable");
});

test("a session that ended holds the edit back; a rule refuses it", () => {
  assert.deepEqual(outcomeOf("e", 401, { code: "Unauthorized", message: "Sign in." }), {
    kind: "signed-out",
    message: "Sign in.",
  });
  assert.equal(outcomeOf("e", 403, { code: "ForbiddenStalePage", message: "" }).kind, "signed-out");
  assert.deepEqual(outcomeOf("e", 404, { code: "NotFoundTag", message: "The tag was deleted." }), {
    kind: "refused",
    code: "NotFoundTag",
    message: "The tag was deleted.",
  });
});

test("ids are UUIDs of version 4, and differ", () => {
  const ids = new Set(Array.from({ length: 500 }, newId));
  assert.equal(ids.size, 500);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
