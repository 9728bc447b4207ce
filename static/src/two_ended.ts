/** A slider with two ends: two native ones over each other, which cannot pass each other. */

/** Keep `holder`'s two sliders in order, the part between them drawn and written, as they are moved. */
export function bindTwoEnded(holder: HTMLElement): void {
  const [least, most] = holder.querySelectorAll<HTMLInputElement>("input[type=range]");
  const between = holder.querySelector('[data-part="between"]');
  const written = document.getElementById(holder.dataset.twoEnded ?? "");
  if (least === undefined || most === undefined) return;
  const draw = (): void => {
    between?.setAttribute("x", least.value);
    between?.setAttribute("width", String(most.valueAsNumber - least.valueAsNumber));
    if (written) written.textContent = `${least.value} to ${most.value}%`;
    // Where both stand at one end, the one that can still move lies above.
    least.classList.toggle("above", least.valueAsNumber >= Number(least.max) - 1);
  };
  holder.addEventListener("input", (event) => {
    if (event.target === least && least.valueAsNumber > most.valueAsNumber) least.value = most.value;
    if (event.target === most && most.valueAsNumber < least.valueAsNumber) most.value = least.value;
    draw();
  });
  draw();
}
