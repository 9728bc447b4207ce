import assert from "node:assert/strict";
import { test } from "node:test";

import { hiddenWords, objectWords } from "../src/quick_test/words.ts";

test("objects are counted, and so are the boxes that are not shown", () => {
  assert.deepEqual([0, 1, 4].map(objectWords), ["No object", "1 object", "4 objects"]);
  assert.equal(hiddenWords(0), "");
  assert.equal(hiddenWords(1), "1 box below the threshold is not shown.");
  assert.equal(hiddenWords(3), "3 boxes below the threshold are not shown.");
});
