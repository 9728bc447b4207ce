import { listenForCopy } from "./copy";
import { applyStoredTheme, listenForThemeSwitch } from "./theme";

// Loaded in the head, so that the first paint already has the right theme.
applyStoredTheme();
document.addEventListener("DOMContentLoaded", () => {
  listenForThemeSwitch();
  listenForCopy();
});
