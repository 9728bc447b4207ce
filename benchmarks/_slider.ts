/** Figures and intervals of all tags at each threshold in turn, as the page's slider asks for them: milliseconds. */

import { readFileSync } from "node:fs";

import { ofTag, overall } from "../static/src/performance/figures.ts";
import { STEPS, type SliderSums } from "../static/src/performance/sums.ts";

const ROUNDS = 5;
const [path = ""] = process.argv.slice(2);
const sums: SliderSums = JSON.parse(readFileSync(path, "utf8"));
const took: number[] = [];
let checksum = 0;
for (let round = 0; round < ROUNDS; round++) {
  for (let percent = 0; percent < STEPS; percent++) {
    const started = performance.now();
    checksum += overall(sums, percent).f1.value;
    for (let column = 0; column < sums.averages.length; column++) checksum += ofTag(sums, percent, column).f1.value;
    took.push(performance.now() - started);
  }
}
took.sort((one, other) => one - other);
console.log(JSON.stringify({ median: took[took.length >> 1], slowest: took.at(-1), checksum }));
