/** The Performance page: the sliders recompute at once, the table sorts, the thresholds stay in the address. */

import { CallError } from "../call";
import type { ThresholdTable } from "../performance/figures";
import { drawAverages, showOverlap, showThreshold } from "../performance/figures_view";
import { figuresFrom, OverlapLoader } from "../performance/overlap";
import { percentSlider } from "../performance/percent_slider";
import { listenForPredictionUrl } from "../performance/prediction_url";
import { listenForSorting } from "../performance/sorting";
import { toast } from "../toast";

function readTable(): ThresholdTable | null {
  const holder = document.getElementById("threshold-table");
  return holder?.textContent ? (JSON.parse(holder.textContent) as ThresholdTable) : null;
}

/** The address, and the links that lead on from here, keep the percentage. */
function keep(name: string, percent: number): void {
  const address = new URL(location.href);
  address.searchParams.set(name, String(percent));
  history.replaceState(history.state, "", address);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-with-threshold]")) {
    const onward = new URL(link.href);
    onward.searchParams.set(name, String(percent));
    link.href = onward.href;
  }
}

function listenForSliders(first: ThresholdTable): void {
  let table = first;
  const threshold = percentSlider("threshold", (percent) => {
    showThreshold(table, percent);
    keep("threshold", percent);
  });
  const percent = (): number => threshold?.value() ?? 0;
  showThreshold(table, percent());
  drawAverages();
  const address = document.getElementById("overlap")?.dataset.figures;
  if (address === undefined) return;
  const loader = new OverlapLoader(figuresFrom(address), (figures) => {
    table = { ...figures, tags: first.tags };
    showThreshold(table, percent());
    showOverlap(figures, table);
  });
  percentSlider("overlap", (overlap) => {
    keep("overlap", overlap);
    loader.want(overlap).catch((error: unknown) => {
      toast(error instanceof CallError ? error.message : "The server does not answer. Try again.");
    });
  });
}

const table = readTable();
if (table) listenForSliders(table);
const byTag = document.getElementById("tag-table") as HTMLTableElement | null;
if (byTag) {
  listenForSorting(byTag, (row, key) => (key === "name" ? (row.dataset.name ?? "") : Number(row.dataset[key] ?? 0)));
}
listenForPredictionUrl();
document.body.addEventListener("training-ended", () => location.reload());
