/** Light or dark: the system's, unless this reader chose one. */

type Theme = "light" | "dark";

const STORED_UNDER = "sightline-theme";

function storedTheme(): Theme | null {
  const value = localStorage.getItem(STORED_UNDER);
  return value === "light" || value === "dark" ? value : null;
}

function shownTheme(): Theme {
  const system: Theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return storedTheme() ?? system;
}

export function applyStoredTheme(): void {
  const theme = storedTheme();
  if (theme) document.documentElement.dataset.theme = theme;
}

export function listenForThemeSwitch(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-switch]")) {
    const name = () => {
      const other = shownTheme() === "dark" ? "light" : "dark";
      const words = button.querySelector("[data-theme-words]");
      if (words) {
        words.textContent = `Use the ${other} theme`;
        return;
      }
      button.setAttribute("aria-label", `Use the ${other} theme`);
      button.title = `Use the ${other} theme`;
    };
    button.addEventListener("click", () => {
      const theme: Theme = shownTheme() === "dark" ? "light" : "dark";
      localStorage.setItem(STORED_UNDER, theme);
      applyStoredTheme();
      name();
    });
    name();
    button.hidden = false;
  }
}
