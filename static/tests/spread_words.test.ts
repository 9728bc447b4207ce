import assert from "node:assert/strict";
import { test } from "node:test";

import { spreadWords } from "../src/boxes/spread_words.ts";

const ROOM = { width: 200, height: 100 };
const SIZE = { width: 40, height: 18 };

test("a word stands over its box", () => {
  assert.deepEqual(spreadWords([{ box: { x: 20, y: 50, width: 60, height: 30 }, size: SIZE }], ROOM), [{ x: 20, y: 32 }]);
});

test("it stays within the picture", () => {
  const corner = { box: { x: 190, y: 2, width: 10, height: 90 }, size: SIZE };
  assert.deepEqual(spreadWords([corner], ROOM), [{ x: 160, y: 0 }]);
});

test("two boxes at one place get their words at two places", () => {
  const box = { x: 20, y: 50, width: 100, height: 30 };
  assert.deepEqual(spreadWords([{ box, size: SIZE }, { box, size: SIZE }], ROOM), [
    { x: 20, y: 32 },
    { x: 80, y: 32 },
  ]);
});

test("where there is no room the later word is left out", () => {
  const box = { x: 0, y: 0, width: 40, height: 18 };
  const small = { width: 40, height: 18 };
  const found = spreadWords([{ box, size: SIZE }, { box, size: SIZE }, { box, size: SIZE }], small);
  assert.deepEqual(found, [{ x: 0, y: 0 }, null, null]);
});
