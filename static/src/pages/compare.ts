/** The Compare page: a slider tells its percentage while it is moved; the server answers when it is let go. */

document.addEventListener("input", (event) => {
  const slider = event.target as HTMLInputElement;
  if (slider.type !== "range" || !slider.closest("#compare-thresholds")) return;
  const told = slider.parentElement?.querySelector("output");
  if (told) told.value = `${slider.value}%`;
});
