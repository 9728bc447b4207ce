/** A slider of whole percent with a field beside it in which the number can be typed. */

export interface PercentSlider {
  value(): number;
}

/** Bind `#<name>` and `#<name>-value`; null where the page has none. Arrows step 1, Page keys 10. */
export function percentSlider(name: string, onChange: (percent: number) => void): PercentSlider | null {
  const slider = document.getElementById(name) as HTMLInputElement | null;
  const field = document.getElementById(`${name}-value`) as HTMLInputElement | null;
  if (!slider || !field) return null;
  const set = (value: number): void => {
    const percent = Math.min(100, Math.max(0, Math.round(value) || 0));
    slider.value = String(percent);
    if (document.activeElement !== field) field.value = String(percent);
    onChange(percent);
  };
  slider.addEventListener("input", () => set(slider.valueAsNumber));
  slider.addEventListener("keydown", (event) => {
    const step = event.key === "PageUp" ? 10 : event.key === "PageDown" ? -10 : 0;
    if (!step) return;
    event.preventDefault();
    set(slider.valueAsNumber + step);
  });
  field.addEventListener("input", () => set(field.valueAsNumber));
  field.addEventListener("blur", () => {
    field.value = slider.value;
  });
  return { value: () => slider.valueAsNumber };
}
