/** The reliability diagram: of predictions of about the same probability, how many are right. */

import { percentOf, type Reliability } from "./sums.ts";

const SIDE = 200;
const BINS = 15;
const FEW = 20;
const SVG = "http://www.w3.org/2000/svg";

export function showReliability(reliability: Reliability): void {
  const holder = document.getElementById("reliability-bars");
  const table = document.querySelector<HTMLTableElement>("#reliability-table");
  if (!holder || !table?.tBodies[0]) return;
  holder.replaceChildren();
  table.tBodies[0].replaceChildren();
  for (const { count, probability, right, interval } of reliability.bars) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(probability * BINS) - 1));
    const [left, width] = [(bin * SIDE) / BINS, SIDE / BINS];
    const words = `${percentOf(probability)}% probable: ${percentOf(right)} of 100 right, of ${count.toLocaleString("en")}`;
    const bar = shape("rect", { x: left + 1, y: (1 - right) * SIDE, width: width - 2, height: right * SIDE });
    bar.setAttribute("class", count < FEW ? "dim" : "ink");
    const title = document.createElementNS(SVG, "title");
    title.textContent = words;
    bar.append(title);
    const middle = left + width / 2;
    const whisker = shape("path", { d: `M${middle} ${(1 - interval[0]) * SIDE}V${(1 - interval[1]) * SIDE}`, class: "whisk" });
    holder.append(bar, whisker);
    const row = table.tBodies[0].insertRow();
    for (const text of [
      `${percentOf(probability)}%`,
      percentOf(right),
      `${percentOf(interval[0], 0)} to ${percentOf(interval[1], 0)}`,
      count.toLocaleString("en"),
    ]) {
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = text;
    }
  }
  const words = document.getElementById("reliability-words");
  if (words) words.textContent = sentence(reliability);
}

function sentence({ error, predictions }: Reliability): string {
  if (error === null) return "Nothing was predicted, so there is nothing to compare.";
  const points = percentOf(error);
  const count = `${predictions.toLocaleString("en")} prediction${predictions === 1 ? "" : "s"}`;
  return `Its probabilities are off by ${points} points of 100 on average (ECE ${points}), over ${count}.`;
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
