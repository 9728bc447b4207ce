/** The Prediction URL dialog: languages to choose from, and the key once it is asked for. */

import { CallError, callJson } from "../call.ts";
import { toast } from "../toast.ts";

export function listenForPredictionUrl(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const example = target.closest<HTMLElement>("[data-example]")?.dataset.example;
    if (example !== undefined) choose(example);
    const show = target.closest<HTMLButtonElement>("[data-show-key]");
    if (show) void showKey(show);
  });
}

function choose(example: string): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-example]")) {
    button.setAttribute("aria-pressed", String(button.dataset.example === example));
  }
  for (const body of document.querySelectorAll<HTMLElement>("[data-example-body]")) {
    body.hidden = body.dataset.exampleBody !== example;
  }
}

async function showKey(button: HTMLButtonElement): Promise<void> {
  const holder = document.getElementById("prediction-url");
  try {
    const { key } = await callJson<{ key: string }>("POST", button.dataset.showKey ?? "");
    const shown = document.getElementById("prediction-key");
    if (shown) shown.textContent = key;
    const placeholder = holder?.dataset.placeholder ?? "";
    for (const text of holder?.querySelectorAll("pre") ?? []) text.textContent = (text.textContent ?? "").replaceAll(placeholder, key);
    const copy = document.querySelector<HTMLElement>('[data-copy="prediction-key"]');
    if (copy) {
      copy.hidden = false;
      copy.focus();
    }
    button.hidden = true;
  } catch (error) {
    toast(error instanceof CallError ? error.message : "The server does not answer. Try again.");
  }
}
