import assert from "node:assert/strict";
import { test } from "node:test";

import { fittedWidth } from "../src/boxes/fit_picture.ts";

test("a small picture fills the room, but not more than four times its size", () => {
  assert.equal(fittedWidth({ width: 384, height: 288 }, 700, 900), 700);
  assert.equal(fittedWidth({ width: 60, height: 40 }, 700, 900), 240);
});

test("a tall picture stays within the window", () => {
  assert.equal(fittedWidth({ width: 300, height: 600 }, 700, 600), 225);
  assert.equal(fittedWidth({ width: 3000, height: 6000 }, 700, 2000), 288);
});
