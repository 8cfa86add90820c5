/** Draws a map's things, marks and addresses anew; pixels are of a picture so many wide. */
import { fits, type Scale, ticksOf } from "../map-layout.ts";

/** Of what reaches beyond the picture, so much is drawn: numbers that are too large are drawn wrong. */
const BEYOND = 10;

export function drawThing(element: SVGElement, left: number, right: number, width: number): void {
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

export function drawMark(element: SVGElement, x: number, width: number): void {
  const isSeen = x >= -1 && x <= width + 1;
  element.style.display = isSeen ? "" : "none";
  if (!isSeen) return;
  const line = element.querySelector("line")!;
  line.setAttribute("x1", percent(x, width));
  line.setAttribute("x2", percent(x, width));
  // At an edge the head would be cut.
  element.querySelector("svg")!.setAttribute("x", percent(Math.min(Math.max(x, 8), width - 8), width));
}

export function drawTicks(svg: SVGSVGElement, scale: Scale, part: { from: number; to: number }, width: number): void {
  const group = svg.querySelector<SVGGElement>(".ticks")!;
  const { bottom = "" } = group.dataset;
  const ticks = ticksOf(scale, part, width).map(({ place, text, textWidth }) => {
    const tick = create("g", { class: "tick" });
    const x = percent(place * width, width);
    const half = textWidth / 2;
    const centre = Math.min(Math.max(place * width, half), width - half);
    const label = create("text", { x: percent(centre, width), y: Number(bottom) + 20, "text-anchor": "middle" });
    label.textContent = text;
    tick.append(create("line", { x1: x, x2: x, y1: 0, y2: Number(bottom) + 6 }), label);
    return tick;
  });
  group.replaceChildren(...ticks);
}

function create(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}
