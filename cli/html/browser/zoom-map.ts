/** A map that zooms, pans, tells what lies under the pointer, and does all of it by the keyboard too. */
import { addressAt, fits, placeOf, SCALE_WORDS, type Scale, ticksOf, trueScale } from "../map-layout.ts";

interface Thing {
  readonly element: SVGElement;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of the row from the top; marks are row 0. */
  readonly row: number;
}

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

function thingsOf(svg: SVGElement): Thing[] {
  const rows = [...svg.querySelectorAll(".row")];
  return [...svg.querySelectorAll<SVGElement>("[data-text]")]
    .map((element) => ({
      element,
      start: Number(element.dataset.start),
      end: Number(element.dataset.end),
      text: element.dataset.text!,
      row: rows.indexOf(element.parentElement!) + 1,
    }))
    .sort((a, b) => a.row - b.row || a.start - b.start);
}

function numbers(text = ""): number[] {
  return text.split(" ").map(Number);
}

function rowOf(things: readonly Thing[], chosen: Thing | null): readonly Thing[] {
  return things.filter(({ row }) => row === (chosen ?? things[0])?.row);
}

/** In the same row; the first thing there is where none is chosen. */
function neighbour(things: readonly Thing[], chosen: Thing | null, by: number): Thing | null {
  if (chosen === null) return things[0] ?? null;
  const row = rowOf(things, chosen);
  return row[row.indexOf(chosen) + by] ?? chosen;
}

/** What is nearest in the next row. */
function above(things: readonly Thing[], chosen: Thing | null, by: number): Thing | null {
  if (chosen === null) return things[0] ?? null;
  const others = things.filter(({ row }) => Math.sign(row - chosen.row) === by);
  const next = by > 0 ? others[0]?.row : others.at(-1)?.row;
  const distance = ({ start, end }: Thing) => Math.max(start - chosen.end, chosen.start - end, 0);
  const row = others.filter((thing) => thing.row === next);
  return (
    row.reduce<Thing | null>(
      (best, thing) => (best === null || distance(thing) < distance(best) ? thing : best),
      null,
    ) ?? chosen
  );
}

interface ButtonOptions {
  readonly label?: string;
  readonly isPressed?: () => boolean;
  readonly isOff?: () => boolean;
}

function button(text: string, act: () => void, { label, isPressed, isOff }: ButtonOptions) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  if (label !== undefined) element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  const refresh = () => {
    if (isPressed !== undefined) element.setAttribute("aria-pressed", String(isPressed()));
    // One that has the focus keeps it.
    if (isOff !== undefined) element.setAttribute("aria-disabled", String(isOff()));
  };
  return { element, refresh };
}

/** Of what reaches beyond the picture, so much is drawn: numbers that are too large are drawn wrong. */
const BEYOND = 10;

function drawThing(element: SVGElement, left: number, right: number, width: number): void {
  const [x0, x1] = [Math.max(left, -BEYOND), Math.min(right, width + BEYOND)];
  const rect = element.querySelector("rect")!;
  const text = element.querySelector("text")!;
  const isSeen = x1 >= 0 && x0 <= width;
  element.style.display = isSeen ? "" : "none";
  if (!isSeen) return;
  rect.setAttribute("x", percent(x0, width));
  rect.setAttribute("width", percent(Math.max(x1 - x0, 2), width));
  const [seen0, seen1] = [Math.max(x0, 0), Math.min(x1, width)];
  const { name = "", longName = "" } = element.dataset;
  text.textContent = [longName, name].find((each) => fits(each.length, seen1 - seen0)) ?? "";
  text.setAttribute("x", percent((seen0 + seen1) / 2, width));
}

/** Paper has another width than the window, and nothing is drawn anew for it: places are shares. */
function percent(pixels: number, width: number): string {
  return `${(100 * pixels) / width}%`;
}

function drawMark(element: SVGElement, x: number, width: number): void {
  const isSeen = x >= -1 && x <= width + 1;
  element.style.display = isSeen ? "" : "none";
  if (!isSeen) return;
  const line = element.querySelector("line")!;
  line.setAttribute("x1", percent(x, width));
  line.setAttribute("x2", percent(x, width));
  // At an edge the head would be cut.
  element.querySelector("svg")!.setAttribute("x", percent(Math.min(Math.max(x, 8), width - 8), width));
}

function drawTicks(svg: SVGSVGElement, scale: Scale, part: { from: number; to: number }, width: number): void {
  const old = [...svg.querySelectorAll<SVGElement>(".tick")];
  const ticks = ticksOf(scale, part, width);
  const made = ticks.map(({ place, text, textWidth }) => {
    const tick = old[0]!.cloneNode(true) as SVGElement;
    const line = tick.querySelector("line")!;
    const label = tick.querySelector("text")!;
    const x = percent(place * width, width);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    label.textContent = text;
    label.setAttribute("text-anchor", "middle");
    const half = textWidth / 2;
    label.setAttribute("x", percent(Math.min(Math.max(place * width, half), width - half), width));
    return tick;
  });
  if (made.length === 0) return;
  old[0]!.before(...made);
  for (const tick of old) tick.remove();
}

/** Calls `move` with the pixels that the pointer went while it was held. */
function dragging(view: HTMLElement, move: (pixels: number) => void): void {
  let last: number | null = null;
  let isMoving = false;
  view.addEventListener("pointerdown", (event) => {
    if (event.button === 0) last = event.clientX;
    isMoving = false;
  });
  view.addEventListener("pointermove", (event) => {
    if (last === null) return;
    // A click that trembles is none the less a click.
    if (!isMoving && Math.abs(event.clientX - last) < 4) return;
    if (!isMoving) view.setPointerCapture(event.pointerId);
    isMoving = true;
    move(event.clientX - last);
    last = event.clientX;
  });
  const end = () => {
    last = null;
  };
  view.addEventListener("pointerup", end);
  view.addEventListener("pointercancel", end);
  view.addEventListener("click", (event) => isMoving && event.preventDefault(), true);
}
