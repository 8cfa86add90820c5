const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "carveout-theme";

/** A button that goes from the system's theme to light to dark, and keeps the choice where the browser lets it. */
export function addThemeButton(): void {
  let theme = keptTheme();
  const button = document.createElement("button");
  button.type = "button";
  button.id = "theme";
  const show = () => {
    const { dataset } = document.documentElement;
    if (theme === "system") delete dataset.theme;
    else dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    keep(theme);
    show();
  });
  show();
  document.querySelector(".masthead")?.append(button);
}

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    // A browser may keep nothing for files.
    return "system";
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it lasts as long as the page.
  }
}
