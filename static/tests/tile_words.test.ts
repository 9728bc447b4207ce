import assert from "node:assert/strict";
import { test } from "node:test";

import type { Box } from "../src/edits/types.ts";
import { boxesByColor, casings } from "../src/gallery/box_paths.ts";
import { pictureWords, tileWords, wrongWords } from "../src/gallery/tile_words.ts";
import type { PageTag } from "../src/gallery/types.ts";

const face = (id: string, color: number): PageTag => ({ id, name: id, type: "Regular", color, key: "1", description: "", imageCount: 0 });
const can = face("can", 1);
const cup = face("cup", 2);
const box = (tag: string, left = 0.25): Box => ({ id: `${tag}${left}`, tag, left, top: 0.5, width: 0.5, height: 0.25 });

test("a tile counts its boxes, names its one tag, or says that there is nothing", () => {
  assert.equal(tileWords("a.jpg", { boxes: [box("can")], hasNoObjects: false }, [can]), "1 box, a.jpg");
  assert.equal(tileWords("a.jpg", { boxes: [box("can"), box("cup")], hasNoObjects: false }, [can, cup]), "2 boxes, a.jpg");
  assert.equal(tileWords("a.jpg", { boxes: [], hasNoObjects: true }, []), "No objects, a.jpg");
  assert.equal(tileWords("a.jpg", { boxes: [], hasNoObjects: false }, [can]), "can, a.jpg");
  assert.equal(tileWords("a.jpg", { boxes: [], hasNoObjects: false }, []), "a.jpg");
});

test("the picture's description counts boxes by tag and names a tag that has none", () => {
  const boxes = [box("can", 0.1), box("can", 0.2)];
  assert.equal(pictureWords("a.jpg", { boxes, hasNoObjects: false }, [can, cup]), "a.jpg: 2 can, cup without a box");
  assert.equal(pictureWords("a.jpg", { boxes: [], hasNoObjects: true }, []), "a.jpg: no objects");
  assert.equal(pictureWords("a.jpg", { boxes: [], hasNoObjects: false }, []), "a.jpg: untagged");
});

test("wrong boxes are counted, wrong tags named", () => {
  assert.equal(wrongWords({ wrong: "missed" }), "missed");
  assert.equal(wrongWords({ wrong: "missed", wrongBoxes: { missed: 1, false: 2 } }), "missed 1, 2 false");
  assert.equal(wrongWords({ wrong: "false", wrongBoxes: { missed: 0, false: 1 } }), "1 false");
});

test("boxes of a color are one path in the image's pixels; a box of no known tag is left out", () => {
  const item = { boxes: [box("cup"), box("can"), box("can", 0), box("gone")], width: 400, height: 200 };
  assert.deepEqual(boxesByColor(item, [can, cup]), [
    { color: 1, path: "M100 100H300V150H100ZM0 100H200V150H0Z" },
    { color: 2, path: "M100 100H300V150H100Z" },
  ]);
});

test("casings lie below in one path for each of their two colors", () => {
  const paths = [{ color: 1, path: "a" }, { color: 10, path: "b" }, { color: 2, path: "c" }];
  assert.deepEqual(casings(paths), [{ color: 1, path: "ac" }, { color: 10, path: "b" }]);
  assert.deepEqual(casings([]), []);
});
