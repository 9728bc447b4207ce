import assert from "node:assert/strict";
import { test } from "node:test";

import type { TagRules } from "../src/edits/both_sides.ts";
import type { Draft, GalleryItem } from "../src/gallery/types.ts";
import { acceptedTags, draftAccepted, suggestionsOf } from "../src/predictions/accepting.ts";
import { type DraftPorts, Drafts } from "../src/predictions/drafts.ts";
import { type KeptLabels, MemoryDrafts } from "../src/predictions/draft_store.ts";
import { draftBare } from "../src/predictions/labeling.ts";
import { newWords } from "../src/predictions/newcomers.ts";
import { StoredPredictions } from "../src/predictions/stored.ts";
import type { PredictionRecord, Said } from "../src/predictions/types.ts";
import { barWords, counted, moment, movedWords, origin, reason } from "../src/predictions/words.ts";

function record(image: string, says: Said[], uncertainty = 0): PredictionRecord {
  return {
    image, width: 100, height: 50, thumbnail: "", picture: "", iteration: "Iteration 1", publishedName: "", application: "",
    created: "2026-11-29T16:22:00+00:00", uncertainty, says,
  };
}

function said(name: string, probability: number, place?: [number, number, number, number]): Said {
  const [left, top, width, height] = place ?? [];
  return place === undefined ? { tag: name, name, probability } : { tag: name, name, probability, left, top, width, height };
}

function rules(isMulticlass: boolean, negative = ""): TagRules {
  const names = ["can", "bottle", "none"];
  const face = (name: string): [string, { id: string; name: string; type: string; color: number; key: string }] =>
    [name, { id: name, name, type: name === negative ? "Negative" : "Regular", color: 1, key: "1" }];
  return { tags: new Map(names.map(face)), isMulticlass };
}

function item(image: string, labels: Partial<GalleryItem> = {}): GalleryItem {
  return {
    image, version: 0, tags: [], boxes: [], hasNoObjects: false, name: "", width: 100, height: 50, thumbnail: "", picture: "", wrong: "",
    ...labels,
  };
}

function drafts(store = new MemoryDrafts()): { drafts: Drafts; store: MemoryDrafts; hear: () => void } {
  let hear = (): void => undefined;
  const ports: DraftPorts = {
    store: Promise.resolve(store),
    post: () => undefined,
    listen: (listener) => {
      hear = listener;
    },
  };
  const made = new Drafts("project", "person", ports);
  return { drafts: made, store, hear: () => hear() };
}

function tagged(image: string, tag: string): Draft {
  const change = { image, version: 0 };
  return {
    edit: { act: "label", changes: [{ ...change, addTags: [tag] }], words: "on" },
    inverse: { act: "label", changes: [{ ...change, removeTags: [tag] }], words: "off" },
  };
}

test("a classifier's doubt is named with its two tags, its certainty with one", () => {
  const unsure = reason(record("a", [said("can", 0.524), said("bottle", 0.474), said("jar", 0.002)], 1.2), false, 0.3);
  assert.equal(unsure.words, "unsure: can 52, bottle 47");
  assert.deepEqual(unsure.named.map(({ name }) => name), ["can", "bottle"]);
  assert.equal(reason(record("a", [said("can", 0.99), said("bottle", 0.01)], 0.1), false, 0.3).words, "can 99");
});

test("a detector's doubt is its boxes nearest to one half, else what it found is counted", () => {
  const box: [number, number, number, number] = [0, 0, 0.5, 0.5];
  const says = [said("can", 0.98, box), said("can", 0.61, box), said("bottle", 0.47, box), said("jar", 0.2, box)];
  const doubt = reason(record("a", says, 2), true, 0.3);
  assert.equal(doubt.words, "unsure: bottle 47, can 61");
  assert.equal(reason(record("a", says, 0.1), true, 0.3).words, "2 can, 1 bottle");
  assert.deepEqual(reason(record("a", says, 0.1), true, 0.3).named.map(({ tag }) => tag), ["can", "bottle"]);
  assert.equal(reason(record("a", [], 0), true, 0.3).words, "nothing at 30%");
});

test("words of the page", () => {
  assert.equal(moment("2026-11-29T16:22:00+00:00"), "29 Nov, 16:22");
  assert.equal(moment("no moment"), "");
  assert.equal(origin({ ...record("a", []), publishedName: "shapes", application: "line 4" }), "shapes, line 4");
  assert.equal(origin(record("a", [])), "Quick Test");
  assert.equal(counted([{ name: "can" }, { name: "jar" }, { name: "can" }]), "2 can, 1 jar");
  assert.equal(barWords(0, 1200, 0), "1,200 labeled");
  assert.equal(barWords(3, 1, 2), "3 selected, 2 unlabeled");
  assert.equal(barWords(3, 0, 3), "3 selected");
  assert.equal(movedWords(1, 0, 0, []), "Moved 1 image to the training images.");
  assert.equal(movedWords(3, 3, 0, []), "Moved 3 images to the training images, without labels.");
  assert.equal(movedWords(3, 1, 0, ["Why.", "Why."]), "Moved 3 images to the training images, 1 of them without labels. 2 predictions stayed: Why.");
  assert.equal(movedWords(0, 0, 0, ["Why."]), "1 prediction stayed: Why.");
  assert.equal(movedWords(1, 0, 2, []), "Moved 1 image to the training images. 2 predictions had been moved or deleted meanwhile.");
  assert.equal(newWords(3), "3 new");
  assert.equal(newWords(101), "100+ new");
});

test("accepting takes the first tag where there is one, else those more probable than not; never a deleted one", () => {
  const answer = record("a", [said("can", 0.6), said("bottle", 0.55), said("none", 0.2)]);
  assert.deepEqual(acceptedTags(answer, rules(true)), ["can"]);
  assert.deepEqual(acceptedTags(answer, rules(false)), ["can", "bottle"]);
  assert.deepEqual(acceptedTags(record("a", [said("gone", 0.9), said("can", 0.1)]), rules(true)), []);
  assert.deepEqual(acceptedTags(record("a", [said("none", 0.9), said("gone", 0.8)]), rules(false, "none")), ["none"]);
});

test("an accepted classification replaces the tag that was there, and undoing brings that back", () => {
  const answer = record("a", [said("can", 0.6), said("bottle", 0.4)]);
  const made = draftAccepted([{ item: item("a", { tags: ["bottle"] }), record: answer }], rules(true), false, 0.3);
  assert.deepEqual(made?.edit.changes, [{ image: "a", version: 0, addTags: ["can"], removeTags: ["bottle"] }]);
  assert.deepEqual(made?.inverse.changes, [{ image: "a", version: 0, addTags: ["bottle"], removeTags: ["can"] }]);
  assert.equal(draftAccepted([{ item: item("a", { tags: ["can"] }), record: answer }], rules(true), false, 0.3), null);
});

test("accepted boxes are cut to the picture, and leave out those that are drawn already or less probable", () => {
  const says = [said("can", 0.9, [-0.1, 0, 0.5, 0.5]), said("can", 0.8, [0.5, 0.5, 0.5, 0.6]), said("can", 0.2, [0, 0.8, 0.1, 0.1])];
  const drawn = item("a", { boxes: [{ id: "mine", tag: "bottle", left: 0, top: 0, width: 0.4, height: 0.5 }] });
  const made = draftAccepted([{ item: drawn, record: record("a", says) }], rules(true), true, 0.3);
  const boxes = made?.edit.changes[0]?.addBoxes ?? [];
  assert.equal(boxes.length, 1);
  assert.deepEqual([boxes[0]?.left, boxes[0]?.top, boxes[0]?.width, boxes[0]?.height], [0.5, 0.5, 0.5, 0.5]);
  assert.deepEqual(made?.inverse.changes[0]?.removeBoxes, boxes.map(({ id }) => id));
});

test("labels are taken off all at once, and undoing puts each back", async () => {
  const { drafts: here } = drafts();
  const box = { id: "1", tag: "can", left: 0, top: 0, width: 0.5, height: 0.5 };
  const labeled = [item("a", { tags: ["can"] }), item("b", { tags: ["can"], boxes: [box] }), item("c", { hasNoObjects: true })];
  const on = labeled.map(({ image, tags, boxes, hasNoObjects }) =>
    boxes.length > 0 ? { image, version: 0, addBoxes: boxes } : hasNoObjects ? { image, version: 0, hasNoObjects } : { image, version: 0, addTags: tags });
  await here.perform({ act: "label", changes: on, words: "on" }, { act: "label", changes: [], words: "" });
  const made = draftBare([...labeled, item("d")]);
  assert.ok(made !== null);
  assert.equal(made.edit.words, "Took the labels off 3 predictions");
  await here.perform(made.edit, made.inverse);
  assert.deepEqual(here.labeled(), []);
  await here.undo();
  assert.deepEqual(labeled.map(({ image }) => here.labelsOf(image)), labeled.map(({ tags, boxes, hasNoObjects }) => ({ tags, boxes, hasNoObjects })));
  assert.equal(draftBare([item("d")]), null);
});

test("the editor is given the boxes from the threshold on; one of a deleted tag has none", () => {
  const box: [number, number, number, number] = [0, 0, 0.5, 0.5];
  const given = suggestionsOf(record("a", [said("can", 0.9, box), said("gone", 0.5, box), said("can", 0.2, box)]), new Set(["can"]), 0.3);
  assert.deepEqual(given.boxes.map(({ tag, probability }) => [tag, probability]), [["can", 0.9], [null, 0.5]]);
  assert.deepEqual([given.source, given.by], ["iteration", "Iteration 1"]);
  assert.equal(suggestionsOf(record("a", []), new Set(), 0.3).reason, "The model found nothing here at 30%.");
});

test("labels are kept when an edit is done, are there for the next page, and can be undone and redone", async () => {
  const { drafts: here, store } = drafts();
  const { edit, inverse } = tagged("a", "can");
  await here.perform(edit, inverse);
  assert.deepEqual(here.labelsOf("a").tags, ["can"]);
  assert.deepEqual(here.state(), { kind: "drafted", waiting: 1 });
  const { drafts: again } = drafts(store);
  await again.ready;
  assert.deepEqual(again.labelsOf("a").tags, ["can"]);
  assert.equal((await here.undo())?.words, "off");
  assert.deepEqual(here.labeled(), []);
  assert.deepEqual(await store.all(), []);
  assert.equal((await here.redo())?.words, "on");
  assert.deepEqual(here.labelsOf("a").tags, ["can"]);
  assert.equal(await here.redo(), null);
});

test("edits in a hurry do not overwrite each other", async () => {
  const { drafts: here } = drafts();
  const box = { tag: "can", left: 0, top: 0, width: 0.5, height: 0.5 };
  const added = (id: string): Draft => ({
    edit: { act: "label", changes: [{ image: "a", version: 0, addBoxes: [{ id, ...box }] }], words: id },
    inverse: { act: "label", changes: [{ image: "a", version: 0, removeBoxes: [id] }], words: id },
  });
  await Promise.all(["1", "2", "3"].map((id) => here.perform(added(id).edit, added(id).inverse)));
  assert.deepEqual(here.labelsOf("a").boxes.map(({ id }) => id), ["1", "2", "3"]);
});

test("what cannot be kept is not shown as done", async () => {
  class Full extends MemoryDrafts {
    override async put(_rows: KeptLabels[]): Promise<void> {
      throw new Error("The disk is full.");
    }
  }
  const { drafts: here } = drafts(new Full());
  await assert.rejects(here.perform(tagged("a", "can").edit, tagged("a", "can").inverse), /disk is full/);
  assert.deepEqual(here.labeled(), []);
  assert.equal(await here.undo(), null);
});

test("a picture that was moved leaves neither labels nor anything to undo; others stay", async () => {
  const { drafts: here } = drafts();
  for (const image of ["a", "b"]) await here.perform(tagged(image, "can").edit, tagged(image, "can").inverse);
  await here.forget(["b"]);
  assert.deepEqual(here.labeled(), ["a"]);
  assert.deepEqual((await here.undo())?.changes.map(({ image }) => image), ["a"]);
  assert.equal(await here.undo(), null);
});

test("labels made in another tab are seen, and those that it moved are gone", async () => {
  const store = new MemoryDrafts();
  const { drafts: here, hear } = drafts(store);
  const { drafts: other } = drafts(store);
  await other.perform(tagged("a", "can").edit, tagged("a", "can").inverse);
  const told: string[] = [];
  here.onPerformed(({ changes }) => told.push(...changes.map(({ image }) => image)));
  hear();
  await here.undo(); // in turn after what was heard
  assert.deepEqual(here.labeled(), ["a"]);
  assert.deepEqual(told, ["a"]);
});

test("pages follow until there is none; what was moved is stepped over and keeps its place", async (context) => {
  const { drafts: here } = drafts();
  const stored = new StoredPredictions("/predictions", here);
  const page = (images: string[], continuation: string) => ({ items: images.map((image) => record(image, [])), session: "s", continuation });
  const asked: string[] = [];
  context.mock.method(globalThis, "fetch", async (url: string) => {
    asked.push(url);
    return new Response(JSON.stringify(page(["c", "d"], "")));
  });
  Object.assign(globalThis, { document: { cookie: "csrftoken=x" } });
  stored.start(page(["a", "b"], "token"), 4, "order=newest");
  assert.deepEqual([stored.count(), stored.matching, stored.imageAt(2)], [3, 4, null]);
  await Promise.all([stored.ready(), stored.ready()]);
  assert.deepEqual(asked, ["/predictions/more?order=newest&session=s&continuation=token"]);
  assert.deepEqual([stored.count(), stored.isEnd, stored.all()], [4, true, ["a", "b", "c", "d"]]);
  stored.remove(["b", "unknown"]);
  assert.deepEqual([stored.matching, stored.imageAt(1), stored.indexOf("c"), stored.isRemoved("b")], [3, null, 2, true]);
  stored.start(page(["x"], ""), 1, "order=oldest");
  assert.deepEqual([stored.all(), stored.indexOf("c")], [["x"], -1]);
});
