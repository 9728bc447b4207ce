import assert from "node:assert/strict";
import test from "node:test";

import { addressesIn, nameOf } from "../src/uploads/addresses.ts";
import { choiceFor, tagsOf, withTag } from "../src/uploads/batch_tags.ts";
import { kindOf, megabytes, MOST_IMAGE_BYTES, problemOf, problemOfKind } from "../src/uploads/file_kinds.ts";
import { outcomeOf } from "../src/uploads/sender.ts";
import { images, speed, timeLeft } from "../src/uploads/words.ts";

function head(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const can = { id: "1", name: "can", type: "Regular" };
const cup = { id: "2", name: "cup", type: "Regular" };
const empty = { id: "3", name: "empty", type: "Negative" };

test("a file is what its first bytes say, whatever its name", () => {
  assert.deepEqual(
    ["\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n", "GIF89a", "RIFF1234WEBPVP8", "BM", "II*\0", "1234ftypheic", "<svg"].map((text) =>
      kindOf(head(text)),
    ),
    ["JPEG", "PNG", "GIF", "WebP", "BMP", "TIFF", "HEIC", ""],
  );
});

test("each file that cannot be taken says why and the way out", async () => {
  assert.equal(problemOfKind("JPEG", MOST_IMAGE_BYTES), null);
  assert.equal(problemOfKind("JPEG", MOST_IMAGE_BYTES + 1), "6.0 MB: at most 6 MB are taken. Save it smaller, as JPEG.");
  assert.equal(problemOfKind("TIFF", 10), "TIFF is not taken. Save it as JPEG or PNG.");
  assert.match(problemOfKind("HEIC", 10) ?? "", /Export it as JPEG/);
  assert.equal(await problemOf(new Blob([])), "It is empty.");
  assert.equal(await problemOf(new Blob(["notes"])), "Not an image.");
  assert.equal(await problemOf(new Blob([Uint8Array.from([0xff, 0xd8, 0xff, 0xe0])])), null);
});

test("sizes are told in the unit that fits", () => {
  assert.deepEqual([megabytes(200), megabytes(300_000), megabytes(61_000_000)], ["1 kB", "0.3 MB", "58 MB"]);
});

test("addresses are found once each, comments and other words passed over", () => {
  const text = "# from a page\nhttps://a.example/1.jpg\nsee http://b.example/2.png and <https://a.example/1.jpg>\nftp://c/3";
  assert.deepEqual(addressesIn(text), ["https://a.example/1.jpg", "http://b.example/2.png"]);
  assert.equal(nameOf("https://a.example/x/caf%C3%A9.jpg?size=9"), "café.jpg");
  assert.equal(nameOf("https://a.example"), "a.example");
});

test("a name in any case is the tag that is there", () => {
  assert.equal(choiceFor(" CAN ", [can, cup]), can);
  assert.deepEqual(choiceFor("tin", [can]), { id: "", name: "tin", type: "Regular" });
});

test("a batch has one tag in a multiclass project, and the negative tag alone", () => {
  assert.deepEqual(withTag([can], cup, false), [can, cup]);
  assert.deepEqual(withTag([can], can, false), [can]);
  assert.deepEqual(withTag([can], cup, true), [cup]);
  assert.deepEqual(withTag([can, cup], empty, false), [empty]);
  assert.deepEqual(withTag([empty], can, false), [can]);
});

test("a folder's tag joins the batch's, or takes its place where they cannot both be", () => {
  assert.deepEqual(tagsOf(null, [can], false), [can]);
  assert.deepEqual(tagsOf(cup, [can], false), [can, cup]);
  assert.deepEqual(tagsOf(cup, [can], true), [cup]);
  assert.deepEqual(tagsOf(empty, [can], false), [empty]);
  assert.deepEqual(tagsOf(can, [empty], false), [can]);
});

test("an answer is the server's own or it is none", () => {
  assert.deepEqual(outcomeOf(502, "<html>Bad Gateway"), { kind: "busy", status: 502 });
  assert.deepEqual(outcomeOf(200, "<html>sign in to the guest network"), { kind: "busy", status: 200 });
  assert.deepEqual(outcomeOf(503, '{"code":"BadRequest","message":"Busy."}'), { kind: "busy", status: 503 });
  assert.deepEqual(outcomeOf(401, '{"code":"Unauthorized","message":"Sign in."}'), { kind: "signed-out", message: "Sign in." });
  assert.deepEqual(outcomeOf(403, '{"code":"Forbidden","message":"No."}'), { kind: "refused", code: "Forbidden", message: "No." });
  assert.deepEqual(outcomeOf(200, '{"images":[]}'), { kind: "answered", items: [] });
});

test("counts, speeds and times in words", () => {
  assert.deepEqual([images(1), images(1200)], ["1 image", "1,200 images"]);
  assert.deepEqual([timeLeft(null), timeLeft(3), timeLeft(12), timeLeft(61), timeLeft(9000)], [
    "", "a few seconds left", "about 15 s left", "about 2 min left", "about 3 h left",
  ]);
  assert.deepEqual([speed(0, 0), speed(2.34, 500 * 1024), speed(12.4, 3.2 * 1024 * 1024)], [
    "", "2.3 images a second, 500 kB/s", "12 images a second, 3.2 MB/s",
  ]);
});
