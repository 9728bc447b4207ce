/** The Performance page: the sliders recompute at once, the table sorts, the thresholds stay in the address. */

import { CallError } from "../call";
import { CurvesView } from "../performance/curves_view";
import { drawAverages, showOverlap, showThreshold } from "../performance/figures_view";
import { MatrixView } from "../performance/matrix_view";
import { figuresFrom, OverlapLoader } from "../performance/overlap";
import { percentSlider } from "../performance/percent_slider";
import { listenForPredictionUrl } from "../performance/prediction_url";
import { showReliability } from "../performance/reliability_view";
import { listenForSorting } from "../performance/sorting";
import type { SliderSums } from "../performance/sums";
import { toast } from "../toast";

type FirstSums = SliderSums & { tags: string[] };

function readSums(): FirstSums | null {
  const holder = document.getElementById("slider-sums");
  return holder?.textContent ? (JSON.parse(holder.textContent) as FirstSums) : null;
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

function listenForSliders(first: FirstSums): void {
  const { tags } = first;
  let sums: SliderSums = first;
  const matrix = MatrixView.of(first.confusion, tags);
  const curves = new CurvesView(first, tags, 0);
  const overlapField = document.getElementById("overlap") as HTMLInputElement | null;
  const show = (percent: number): void => {
    showThreshold(sums, tags, percent);
    matrix?.show(percent, `&threshold=${percent}${overlapField ? `&overlap=${overlapField.value}` : ""}`);
    curves.showPercent(percent);
  };
  const threshold = percentSlider("threshold", (percent) => {
    show(percent);
    keep("threshold", percent);
  });
  const percent = (): number => threshold?.value() ?? 0;
  show(percent());
  showReliability(first.reliability);
  drawAverages();
  const address = overlapField?.dataset.figures;
  if (address === undefined) return;
  const loader = new OverlapLoader(figuresFrom(address), (figures) => {
    sums = figures;
    if (figures.confusion) matrix?.showCells(figures.confusion);
    curves.showSums(figures);
    show(percent());
    showOverlap(figures, tags);
    showReliability(figures.reliability);
  });
  percentSlider("overlap", (overlap) => {
    keep("overlap", overlap);
    loader.want(overlap).catch((error: unknown) => {
      toast(error instanceof CallError ? error.message : "The server does not answer. Try again.");
    });
  });
}

const sums = readSums();
if (sums) listenForSliders(sums);
const byTag = document.getElementById("tag-table") as HTMLTableElement | null;
if (byTag) {
  listenForSorting(byTag, (row, key) => (key === "name" ? (row.dataset.name ?? "") : Number(row.dataset[key] ?? 0)));
}
listenForPredictionUrl();
document.body.addEventListener("training-ended", () => location.reload());
