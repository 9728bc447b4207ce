/** Figures and intervals of all tags at each threshold in turn, as the slider asks for them: milliseconds of each. */

import { readFileSync } from "node:fs";

import { f1Of, precisionOf, recallOf, type Sums } from "../static/src/performance/intervals.ts";

const [path = ""] = process.argv.slice(2);
/** [threshold][all tags, then each][sum] */
const table: Sums[][] = JSON.parse(readFileSync(path, "utf8"));
const took: number[] = [];
let checksum = 0;
for (let round = 0; round < 5; round++) {
  for (const row of table) {
    const started = performance.now();
    for (const sums of row) {
      for (const figure of [precisionOf(sums), recallOf(sums), f1Of(sums)]) {
        checksum += figure.value + (figure.interval?.[0] ?? 0);
      }
    }
    took.push(performance.now() - started);
  }
}
took.sort((one, other) => one - other);
console.log(JSON.stringify({ median: took[took.length >> 1], slowest: took.at(-1), checksum }));
