/** What the page's script adds: a choice of theme, maps that zoom, places to scroll, and all that is folded in print. */

import { watchScrollers } from "./scrollers.ts";
import { addThemeButton } from "./theme.ts";
import { enliven } from "./zoom-map.ts";

addThemeButton();
watchScrollers();
for (const figure of document.querySelectorAll<HTMLElement>("figure.map")) enliven(figure);
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
document.documentElement.dataset.ready = "yes";
