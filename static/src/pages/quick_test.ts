/** Quick Test: a picture from a file, a drop, the clipboard, an address or the project, and what the model says. */

import { fitPicture } from "../boxes/fit_picture";
import { lightTogether } from "../boxes/light_together";
import { smallOnTop } from "../boxes/small_on_top";
import { keepWordsApart } from "../boxes/spread_words";
import { callHeaders, CallError, refusal } from "../call";
import { hiddenWords, objectWords } from "../quick_test/words";

const place = document.getElementById("quick-test");
const result = document.getElementById("result");
const figure = document.getElementById("picture");
const select = document.getElementById("iteration") as HTMLSelectElement | null;
let shown = "";
let turn = 0;
let placeWords = (): void => {};
let last: [kind: "image" | "address", body: Blob | string, type: string] | undefined;

function address(kind: "image" | "address"): string {
  const base = kind === "image" ? place?.dataset.imageUrl : place?.dataset.addressUrl;
  return `${base ?? ""}?iteration=${encodeURIComponent(select?.value ?? "")}`;
}

function showPicture(source: string): void {
  const image = figure?.querySelector("img");
  if (!image || !figure) return;
  if (shown.startsWith("blob:")) URL.revokeObjectURL(shown);
  shown = source;
  image.src = source;
  image.alt = "The tested picture";
  image.hidden = false;
  delete figure.dataset.empty;
  figure.querySelector(".boxes-over")?.remove();
}

function say(words: string): void {
  if (!result) return;
  const note = document.createElement("p");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  const text = document.createElement("span");
  text.textContent = words;
  note.append(text);
  result.replaceChildren(note);
}

function threshold(): HTMLInputElement | null {
  return document.getElementById("threshold") as HTMLInputElement | null;
}

function applyThreshold(): void {
  const slider = threshold();
  if (!slider || !result) return;
  const rows = [...result.querySelectorAll<HTMLElement>("[data-probability]")];
  const isDetector = result.querySelector("[data-boxes]") !== null;
  let below = 0;
  for (const row of rows) {
    const isBelow = Number(row.dataset.probability) < Number(slider.value);
    row.classList.toggle("below", isBelow);
    row.hidden = isDetector && isBelow;
    const box = row.dataset.box;
    if (box) figure?.querySelectorAll(`[data-box="${box}"], [data-word="${box}"]`).forEach((each) => each.classList.toggle("below", isBelow));
    if (isBelow) below += 1;
  }
  placeWords();
  const value = document.getElementById("threshold-value");
  if (value) value.textContent = `${slider.value}%`;
  const count = result.querySelector("[data-count]");
  if (count) count.textContent = objectWords(rows.length - below);
  const words = result.querySelector("[data-below]");
  if (words) words.textContent = isDetector ? hiddenWords(below) : `${rows.length - below} of ${rows.length} tags at or above the threshold.`;
}

/** The boxes of the answer, laid over the picture instead of what was there. */
function layBoxes(): void {
  figure?.querySelector(".boxes-over")?.remove();
  const over = result?.querySelector<SVGSVGElement>(".boxes-over");
  if (!over) return;
  smallOnTop(over);
  figure?.querySelector(".boxed-picture")?.append(over);
  placeWords = keepWordsApart(over);
}

async function send(kind: "image" | "address", body: Blob | string, type: string): Promise<void> {
  const mine = ++turn;
  last = [kind, body, type];
  result?.setAttribute("aria-busy", "true");
  try {
    const headers = { ...callHeaders(), "Content-Type": type };
    const response = await fetch(address(kind), { method: "POST", headers, body, credentials: "same-origin" });
    if (!response.ok) throw await refusal(response);
    const markup = await response.text();
    if (mine !== turn || !result) return;
    const chosen = threshold()?.value;
    result.innerHTML = markup;
    const slider = threshold();
    if (slider && chosen !== undefined) slider.value = chosen;
    const picture = result.querySelector<HTMLElement>("[data-result]")?.dataset.picture;
    if (kind === "address" && picture) showPicture(picture);
    layBoxes();
    if (matchMedia("(max-width: 1100px)").matches) result.scrollIntoView({ block: "nearest" });
    applyThreshold();
  } catch (error) {
    if (mine !== turn) return;
    say(error instanceof CallError ? error.message : "The server does not answer. Check the connection, then try again.");
  } finally {
    if (mine === turn) result?.removeAttribute("aria-busy");
  }
}

/** Another iteration: the same picture again, and its own call from an app; without a picture the page loads again. */
async function choose(): Promise<void> {
  const url = new URL(location.href);
  url.searchParams.set("iteration", select?.value ?? "");
  if (!last) {
    location.assign(url);
    return;
  }
  history.replaceState(null, "", url);
  void send(...last);
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => undefined);
  if (!answer?.ok || url.href !== location.href) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const call = page.querySelector('[aria-labelledby="as-code"]');
  if (call) document.querySelector('[aria-labelledby="as-code"]')?.replaceWith(call);
}

function test(file: Blob): void {
  showPicture(URL.createObjectURL(file));
  void send("image", file, "application/octet-stream");
}

function firstPicture(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])][0];
}

if (figure && result) {
  fitPicture(figure);
  lightTogether(figure, result);
}
if (place) {
  const input = document.getElementById("file") as HTMLInputElement;
  document.getElementById("browse")?.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) test(file);
    input.value = "";
  });
  document.getElementById("address-form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = new FormData(event.target as HTMLFormElement).get("url");
    void send("address", JSON.stringify({ url }), "application/json");
  });
  document.addEventListener("paste", (event) => {
    const file = firstPicture(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    test(file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.querySelector<HTMLElement>(".drop")!.dataset.over = "";
  });
  for (const name of ["dragleave", "drop"]) {
    document.addEventListener(name, () => delete place.querySelector<HTMLElement>(".drop")!.dataset.over);
  }
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = firstPicture(event.dataTransfer);
    if (file) test(file);
  });
  place.addEventListener("click", async (event) => {
    const source = (event.target as Element).closest<HTMLElement>(".offered")?.dataset.picture;
    if (!source) return;
    const answer = await fetch(source);
    if (answer.ok) test(await answer.blob());
    else say("This image is not there any more. Load the page again.");
  });
  result?.addEventListener("input", applyThreshold);
  select?.addEventListener("change", () => void choose());
}
