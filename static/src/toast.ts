/** A line at the foot for what can be undone: 8 s, standing still while pointer or focus is on it. */

const SHOWN_FOR_MS = 8000;

export interface ToastAct {
  label: string;
  run: () => void;
}

export function toast(words: string, act?: ToastAct): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const line = document.createElement("div");
  line.className = "toast";
  const text = document.createElement("span");
  text.textContent = words;
  line.append(text);
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = act.label;
    button.addEventListener("click", () => {
      line.remove();
      act.run();
    });
    line.append(button);
  }
  let timer = 0;
  const start = () => {
    timer = window.setTimeout(() => line.remove(), SHOWN_FOR_MS);
  };
  const stop = () => window.clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) line.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) line.addEventListener(name, start);
  place.replaceChildren(line);
  start();
}
