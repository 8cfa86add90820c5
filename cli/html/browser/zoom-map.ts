/** A map that zooms, pans, tells what lies under the pointer, and does all of it by the keyboard too. */
import { addressAt, placeOf, SCALE_WORDS, type Scale, trueScale } from "../map-layout.ts";
import { button, dragging } from "./controls.ts";
import { drawMark, drawThing, drawTicks } from "./draw-map.ts";
import { above, neighbour, rowOf, type Thing, thingsOf } from "./map-things.ts";

/** A view is at least so much of the scale. */
const LEAST_VIEW = 1e-6;
const STEP = 1.6;
/** Pixels that a sheet of paper has across at least, and that labels must do with. */
const PRINT_WIDTH = 640;

export function enliven(figure: HTMLElement): void {
  const view = figure.querySelector<HTMLElement>(".map-view")!;
  const svg = view.querySelector("svg")!;
  const things = thingsOf(svg);
  const extent = { start: Number(figure.dataset.start), end: Number(figure.dataset.end) };
  const scales: Readonly<Record<"compressed" | "true", Scale>> = {
    compressed: { cuts: numbers(svg.dataset.cuts), at: numbers(svg.dataset.at) },
    true: trueScale(extent),
  };
  let scale = scales.compressed;
  let [from, to] = [0, 1];
  let chosen: Thing | null = null;

  const told = document.createElement("output");
  told.className = "map-told";

  const draw = (width = view.clientWidth) => {
    if (width === 0) return;
    const x = (address: number) => ((placeOf(scale, address) - from) / (to - from)) * width;
    for (const { element, start, end } of things) {
      if (element.matches(".mark")) drawMark(element, x(start), width);
      else drawThing(element, x(start), x(end), width);
    }
    drawTicks(svg, scale, { from, to }, width);
    for (const button of buttons) button.refresh();
  };

  const show = (newFrom: number, newTo: number) => {
    const size = Math.min(Math.max(newTo - newFrom, LEAST_VIEW), 1);
    from = Math.min(Math.max(newFrom, 0), 1 - size);
    to = from + size;
    draw();
  };
  const zoom = (by: number, around = chosen === null ? (from + to) / 2 : middle(chosen)) => {
    const at = Math.min(Math.max(around, from), to);
    show(at - (at - from) / by, at + (to - at) / by);
  };
  const middle = ({ start, end }: Thing) => (placeOf(scale, start) + placeOf(scale, end)) / 2;
  const changeScale = (name: "compressed" | "true") => {
    const [start, end] = [addressAt(scale, from), addressAt(scale, to)];
    scale = scales[name];
    tell(chosen);
    show(placeOf(scale, start), placeOf(scale, end));
  };
  const tell = (thing: Thing | null) => {
    told.textContent = thing?.text ?? SCALE_WORDS[scale === scales.true ? "true" : "compressed"];
  };
  const choose = (thing: Thing | null) => {
    chosen?.element.classList.remove("is-chosen");
    chosen = thing;
    thing?.element.classList.add("is-chosen");
    tell(thing);
    if (thing === null) return;
    const at = middle(thing);
    const half = (to - from) / 2;
    if (at < from || at > to) show(at - half, at + half);
  };

  const buttons = [
    button("Compressed", () => changeScale("compressed"), { isPressed: () => scale === scales.compressed }),
    button("To scale", () => changeScale("true"), { isPressed: () => scale === scales.true }),
    button("+", () => zoom(STEP), { label: "Zoom in" }),
    button("−", () => zoom(1 / STEP), { label: "Zoom out", isOff: () => to - from >= 1 }),
    button("Show all", () => show(0, 1), { isOff: () => to - from >= 1 }),
  ];
  const controls = document.createElement("div");
  controls.className = "controls";
  const help = document.createElement("p");
  help.className = "keys-help";
  help.textContent = "Arrows choose, + and − zoom, Enter opens a finding, Escape goes back. Dragging moves.";
  help.id = `${figure.closest(".input")?.id}-keys`;
  controls.append(...buttons.map(({ element }) => element), help);
  view.before(controls);
  figure.querySelector(".map-told")!.replaceWith(told);
  tell(null);

  view.tabIndex = 0;
  view.setAttribute("role", "application");
  view.setAttribute("aria-roledescription", "memory map");
  view.setAttribute("aria-describedby", help.id);
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  const KEYS: Readonly<Record<string, () => void>> = {
    "+": () => zoom(STEP),
    "=": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    ArrowRight: () => choose(neighbour(things, chosen, 1)),
    ArrowLeft: () => choose(neighbour(things, chosen, -1)),
    ArrowDown: () => choose(above(things, chosen, 1)),
    ArrowUp: () => choose(above(things, chosen, -1)),
    Home: () => choose(rowOf(things, chosen)[0] ?? null),
    End: () => choose(rowOf(things, chosen).at(-1) ?? null),
    Enter: () => {
      const href = chosen?.element.getAttribute("href");
      if (href != null) location.hash = href;
    },
    Escape: () => (chosen === null ? show(0, 1) : choose(null)),
  };

  for (const thing of things) {
    thing.element.querySelector("title")?.remove();
    thing.element.addEventListener("pointerenter", () => tell(thing));
    thing.element.addEventListener("pointerleave", () => tell(chosen));
    if (!thing.element.matches(".mark")) thing.element.addEventListener("click", () => choose(thing));
  }
  const placeAt = (event: MouseEvent) => {
    const { left, width } = view.getBoundingClientRect();
    return from + ((event.clientX - left) / width) * (to - from);
  };
  view.addEventListener("dblclick", (event) => zoom(STEP * STEP, placeAt(event)));
  view.addEventListener(
    "wheel",
    (event) => {
      // Without a key the wheel scrolls the page, as everywhere.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? STEP : 1 / STEP, placeAt(event));
    },
    { passive: false },
  );
  dragging(view, (pixels) => {
    const by = (-pixels / view.clientWidth) * (to - from);
    show(from + by, to + by);
  });
  new ResizeObserver(() => draw()).observe(view);
  addEventListener("beforeprint", () => draw(PRINT_WIDTH));
  addEventListener("afterprint", () => draw());
  draw();
}

function numbers(text = ""): number[] {
  return text.split(" ").map(Number);
}
