/** What the page's script adds: a choice of theme, maps that zoom, places to scroll, and all that is folded in print. */

import { watchScrollers } from "./scrollers.ts";
import { addThemeButton } from "./theme.ts";
import { unfoldForPrint } from "./unfold.ts";
import { enliven } from "./zoom-map.ts";

addThemeButton();
watchScrollers();
for (const figure of document.querySelectorAll<HTMLElement>("figure.map")) enliven(figure);
unfoldForPrint();
document.documentElement.dataset.ready = "yes";
