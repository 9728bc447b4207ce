import assert from "node:assert/strict";
import test from "node:test";

import type { GalleryFilter } from "../src/gallery/types.ts";
import { afterDelete, around, isFollowed, neighbor, type Sequence } from "../src/image_view/steps.ts";
import { fileSize, filterWords, moment, nameOf, place } from "../src/image_view/words.ts";

const NONE: ReadonlySet<string> = new Set();

function sequence(...images: string[]): Sequence {
  return {
    count: () => images.length,
    indexOf: (image) => images.indexOf(image),
    imageAt: (index) => images[index] ?? null,
  };
}

test("next and previous follow the filter's order and pass over what is gone", () => {
  const images = sequence("a", "b", "c");
  assert.equal(neighbor(images, "a", 1, NONE), "b");
  assert.equal(neighbor(images, "a", 1, new Set(["b"])), "c");
  assert.equal(neighbor(images, "c", 1, NONE), null);
  assert.equal(neighbor(images, "a", -1, NONE), null);
  assert.equal(neighbor(images, "c", -1, new Set(["b"])), "a");
});

test("an image outside the filter leads to the first one", () => {
  assert.equal(neighbor(sequence("a", "b"), "x", 1, NONE), "a");
  assert.equal(neighbor(sequence("a", "b"), "x", -1, NONE), null);
  assert.equal(neighbor(sequence(), "x", 1, NONE), null);
});

test("after a delete comes the next, at the end the previous, at last none", () => {
  const images = sequence("a", "b", "c");
  assert.equal(afterDelete(images, "b", new Set(["b"])), "c");
  assert.equal(afterDelete(images, "c", new Set(["c"])), "b");
  assert.equal(afterDelete(images, "a", new Set(["a", "b", "c"])), null);
});

test("the filmstrip is the images around, without what is gone", () => {
  const images = sequence("a", "b", "c", "d", "e");
  assert.deepEqual(around(images, "c", 1, 2, NONE), ["b", "c", "d", "e"]);
  assert.deepEqual(around(images, "c", 1, 2, new Set(["d"])), ["b", "c", "e"]);
  assert.deepEqual(around(images, "x", 1, 1, NONE), ["a", "b"]);
});

test("the next image follows a first tag, and in a multiclass project a changed one", () => {
  assert.equal(isFollowed(true, [], "can", false), true);
  assert.equal(isFollowed(false, [], "can", false), false);
  assert.equal(isFollowed(true, ["cup"], "can", false), false);
  assert.equal(isFollowed(true, ["cup"], "can", true), true);
  assert.equal(isFollowed(true, ["can"], "can", true), false);
});

test("facts are worded", () => {
  const filter: GalleryFilter = {
    tagging: "untagged", tags: [], iteration: "", name: "", order: "newest", isOnlyWrong: false, threshold: 50,
  };
  assert.equal(filterWords(filter, []), "untagged");
  assert.equal(filterWords({ ...filter, tagging: "tagged", name: "cam2" }, ["can", "cup"]), "tagged, can or cup, “cam2”");
  assert.equal(filterWords({ ...filter, tagging: "all" }, []), "all images");
  assert.deepEqual([fileSize(100), fileSize(210_000), fileSize(3_500_000)], ["1 kB", "205 kB", "3.3 MB"]);
  assert.deepEqual([place(-1, 5), place(11, 64), place(999, 12_000)], ["", "12 of 64", "1,000 of 12,000"]);
  assert.deepEqual([nameOf("a.jpg", "x"), nameOf("", "0123456789")], ["a.jpg", "Image 01234567"]);
  assert.equal(moment("yesterday"), "");
});
