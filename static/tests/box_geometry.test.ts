import assert from "node:assert/strict";
import test from "node:test";

import {
  between, grown, handleAt, handlePoint, HANDLES, type Handle, inFractions, inPixels, moved, overlap, type Rect, resized,
  smallestAt,
} from "../src/editor/geometry.ts";
import { isBox, onePixel, rectDuring } from "../src/editor/gestures.ts";
import { fitted, onPicture, onStage, panned, showing, zoomed } from "../src/editor/viewport.ts";

const PICTURE = { width: 400, height: 300 };
const RECT: Rect = { left: 100, top: 50, width: 80, height: 60 };

test("a drag in any direction makes the same box, cut at the picture's edges", () => {
  const a = { x: 350, y: 250 };
  const b = { x: 500, y: -20 };
  assert.deepEqual(between(a, b, PICTURE), { left: 350, top: 0, width: 50, height: 250 });
  assert.deepEqual(between(b, a, PICTURE), between(a, b, PICTURE));
});

test("a moved box stops whole at the edges", () => {
  assert.deepEqual(moved(RECT, { x: 10, y: -5 }, PICTURE), { ...RECT, left: 110, top: 45 });
  assert.deepEqual(moved(RECT, { x: 9999, y: -9999 }, PICTURE), { ...RECT, left: 320, top: 0 });
});

test("each handle moves its own edges alone", () => {
  const by = { x: 7, y: 9 };
  for (const [name, [across, down]] of Object.entries(HANDLES)) {
    const { left, top, width, height } = resized(RECT, name as Handle, by, PICTURE, 1);
    const right = left + width;
    const bottom = top + height;
    assert.equal(left, across < 0 ? 107 : 100, name);
    assert.equal(right, across > 0 ? 187 : 180, name);
    assert.equal(top, down < 0 ? 59 : 50, name);
    assert.equal(bottom, down > 0 ? 119 : 110, name);
  }
});

test("a handle dragged past the other side turns the box over, and never leaves less than the least", () => {
  assert.deepEqual(resized(RECT, "w", { x: 120, y: 0 }, PICTURE, 1), { ...RECT, left: 180, width: 40 });
  assert.deepEqual(resized(RECT, "e", { x: -80, y: 0 }, PICTURE, 2), { ...RECT, left: 100, width: 2 });
  assert.deepEqual(resized(RECT, "se", { x: 999, y: 999 }, PICTURE, 1), { left: 100, top: 50, width: 300, height: 250 });
});

test("random handles and drags keep the box inside, with at least the least side", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const names = Object.keys(HANDLES) as Handle[];
  for (let round = 0; round < 2000; round += 1) {
    const rect = between({ x: random() * 400, y: random() * 300 }, { x: random() * 400, y: random() * 300 }, PICTURE);
    const by = { x: (random() - 0.5) * 1200, y: (random() - 0.5) * 900 };
    const made = resized(rect, names[Math.floor(random() * 8)]!, by, PICTURE, 2);
    const within = inFractions(made, PICTURE);
    assert.ok(made.left >= 0 && made.top >= 0, JSON.stringify(made));
    assert.ok(within.left + within.width <= 1 && within.top + within.height <= 1, JSON.stringify(within));
    const whole = moved(made, by, PICTURE);
    assert.ok(whole.left >= 0 && whole.left + whole.width <= 400 + 1e-9, JSON.stringify(whole));
  }
});

test("by key a box grows to the edge and shrinks to the least", () => {
  assert.deepEqual(grown(RECT, { x: 5, y: -5 }, PICTURE, 1), { ...RECT, width: 85, height: 55 });
  assert.deepEqual(grown(RECT, { x: 9999, y: -9999 }, PICTURE, 3), { ...RECT, width: 300, height: 3 });
});

test("of boxes one in another the inner one is hit", () => {
  const boxes = [
    { id: "outer", rect: RECT },
    { id: "inner", rect: { left: 110, top: 60, width: 20, height: 20 } },
  ];
  assert.equal(smallestAt(boxes, { x: 120, y: 70 }, 0)?.id, "inner");
  assert.equal(smallestAt(boxes, { x: 105, y: 55 }, 0)?.id, "outer");
  assert.equal(smallestAt(boxes, { x: 95, y: 55 }, 0), null);
  assert.equal(smallestAt(boxes, { x: 95, y: 55 }, 6)?.id, "outer");
});

test("handles are found within reach, corners first", () => {
  assert.deepEqual(handlePoint(RECT, "se"), { x: 180, y: 110 });
  assert.equal(handleAt(RECT, { x: 178, y: 112 }, 8), "se");
  assert.equal(handleAt(RECT, { x: 140, y: 51 }, 8), "n");
  assert.equal(handleAt(RECT, { x: 140, y: 80 }, 8), null);
  assert.equal(handleAt({ left: 10, top: 10, width: 4, height: 4 }, { x: 10, y: 10 }, 8), "nw");
});

test("pixels and fractions are two ways to say one box", () => {
  const fractions = inFractions(RECT, PICTURE);
  assert.deepEqual(fractions, { left: 0.25, top: 50 / 300, width: 0.2, height: 0.2 });
  const back = inPixels(fractions, PICTURE);
  for (const edge of ["left", "top", "width", "height"] as const) assert.ok(Math.abs(back[edge] - RECT[edge]) < 1e-9);
});

test("overlap is intersection over union", () => {
  assert.equal(overlap(RECT, RECT), 1);
  assert.equal(overlap(RECT, { ...RECT, left: 180 }), 0);
  assert.equal(overlap(RECT, { ...RECT, left: 140 }), 40 / 120);
});

test("a slip of the hand is no box, at any zoom", () => {
  assert.equal(isBox({ width: 3, height: 90 }, 1), false);
  assert.equal(isBox({ width: 3, height: 90 }, 2), true);
  assert.equal(isBox({ width: 30, height: 30 }, 0.1), false);
  assert.equal(onePixel(0.25), 4);
  assert.equal(onePixel(8), 1);
});

test("a gesture tells the box while it lasts; panning makes none", () => {
  assert.deepEqual(rectDuring({ kind: "draw", from: { x: 10, y: 10 } }, { x: 30, y: 40 }, PICTURE, 1), {
    left: 10, top: 10, width: 20, height: 30,
  });
  const move = { kind: "move", box: "a", from: { x: 110, y: 60 }, rect: RECT } as const;
  assert.deepEqual(rectDuring(move, { x: 120, y: 60 }, PICTURE, 1), { ...RECT, left: 110 });
  assert.equal(rectDuring({ kind: "pan" }, { x: 0, y: 0 }, PICTURE, 1), null);
});

const STAGE = { width: 840, height: 640 };

test("a fitted picture is whole and in the middle", () => {
  const view = fitted(PICTURE, STAGE, 20);
  assert.deepEqual(view, { scale: 2, x: 20, y: 20 });
  assert.deepEqual(onStage(view, RECT), { left: 220, top: 120, width: 160, height: 120 });
  assert.deepEqual(onPicture(view, { x: 220, y: 120 }), { x: 100, y: 50 });
});

test("zoom leaves what is under the pointer there, and never gets smaller than fitted", () => {
  const fit = fitted(PICTURE, STAGE, 20);
  const at = { x: 300, y: 200 };
  const near = zoomed(fit, 1.25, at, PICTURE, STAGE, fit);
  assert.equal(near.scale, 2.5);
  assert.deepEqual(onPicture(near, at), onPicture(fit, at));
  assert.deepEqual(zoomed(near, 0.1, at, PICTURE, STAGE, fit), fit);
  assert.equal(zoomed(fit, 1e9, at, PICTURE, STAGE, fit).scale, 32);
});

test("a picture cannot be pushed out of sight", () => {
  const fit = fitted(PICTURE, STAGE, 20);
  assert.equal(panned(fit, { x: -9999, y: 9999 }, PICTURE, STAGE).x, 48 - 800);
  assert.equal(panned(fit, { x: -9999, y: 9999 }, PICTURE, STAGE).y, 640 - 48);
});

test("a box that is out of sight is brought in, one in sight moves nothing", () => {
  const view = { scale: 4, x: -400, y: 0 };
  const seen = showing(view, RECT, PICTURE, STAGE, 10);
  assert.equal(onStage(seen, RECT).left, 10);
  assert.equal(showing(seen, RECT, PICTURE, STAGE, 10), seen);
});
