/** A memory map as a picture that stands alone: to scale on the left, a row for each stretch on the right. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import { fails, type InputReport } from "../report.ts";
import { plain } from "../style.ts";
import { wrapAll } from "../wrap.ts";
import { type MapStretch, memoryMap } from "./memory-map.ts";
import { headerLine, verdictLine } from "./report-text.ts";

const WIDTH = 1040;
const LINE = 17;
const SCALE_LEFT = 16;
const SCALE_WIDTH = 72;
const ROWS_LEFT = 150;
const BLOCK_WIDTH = 44;
/** Where sizes end: addresses of 48 bits fit before them. */
const SIZE_RIGHT = 530;
/** Characters that fit a line in the fixed pitch that is asked for, of 8 units. */
const HEAD_CHARACTERS = 124;
const LABEL_CHARACTERS = 60;

/** In a window of its own it is no wider than that, and what the window has besides is paper too. */
const STYLE = `
  .map { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #ffffff; }
  .map { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
  .map .paper { fill: #ffffff; } .map text { fill: #1b1f24; } .map .dim { fill: #59636e; }
  .map .tagged { fill: #2f8f4e; } .map .tags { fill: #2e7fb8; } .map .reserved { fill: #d19a1d; }
  .map .memory { fill: #b9c0c8; } .map .overlap { fill: #d1242f; } .map .hole { fill: none; stroke: #b9c0c8; stroke-dasharray: 3 3; }
  .map .link { stroke: #b9c0c8; fill: none; } .map .link.broken { stroke: #d1242f; stroke-width: 2; } .map .bad { fill: #d1242f; font-weight: bold; }
  @media (prefers-color-scheme: dark) {
    .map { background: #12161b; } .map .paper { fill: #12161b; } .map text { fill: #e6eaef; } .map .dim { fill: #9aa5b1; }
    .map .memory { fill: #59636e; } .map .hole, .map .link { stroke: #59636e; }
    .map .link.broken { stroke: #ff7b72; } .map .bad { fill: #ff7b72; }
  }`;

/** One picture; of several inputs the pictures stand one below the other. */
export function mapSvg(reports: readonly InputReport[]): string {
  const pictures = reports.map(picture);
  const height = pictures.reduce((sum, each) => sum + each.height, 0);
  let top = 0;
  const groups = pictures.map(({ lines, height: own }) => {
    const group = [`<g transform="translate(0 ${top})">`, ...lines, "</g>"];
    top += own;
    return group.join("\n");
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${xmlText(`Memory map of ${reports.map(({ input }) => input).join(", ")}`)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    ...groups,
    "</svg>",
  ].join("\n")}\n`;
}

function picture(report: InputReport): { readonly lines: string[]; readonly height: number } {
  const stretches = memoryMap(report);
  const head = wrapAll(headerLine(report, plain), HEAD_CHARACTERS);
  const verdict = wrapAll(verdictLine(report, plain), HEAD_CHARACTERS);
  const isBad = fails(report, "error");
  const lines = [
    ...textLines([...head], 16, LINE + 8, ""),
    ...textLines(verdict, 16, LINE * (head.length + 1) + 10, isBad ? "bad" : "dim"),
  ];
  const top = LINE * (head.length + verdict.length) + 26;
  // Of an input that cannot be read there is no saying what memory it has
  if (report.boot === null) return { lines, height: top };
  if (stretches.length === 0) {
    lines.push(...textLines(["no memory that the kernel keeps"], 16, top + LINE, "dim"));
    return { lines, height: top + 2 * LINE };
  }
  const texts = stretches.map((stretch) => wrapAll(textOf(stretch), LABEL_CHARACTERS));
  const heights = texts.map(({ length }) => length * LINE + 9);
  const total = heights.reduce((sum, height) => sum + height, 0);
  const first = stretches[0]!.start;
  const bytes = stretches.at(-1)!.end - first;
  const scale = (address: number) => top + ((address - first) / bytes) * total;
  let y = top;
  const over: string[] = [];
  for (const [index, stretch] of stretches.entries()) {
    const height = heights[index]!;
    const shapes = scaleLines(stretch, y + height / 2, scale);
    // What is wrong goes over what is not: to scale it may be a thousandth of what stands beside it.
    if (isBroken(stretch)) over.push(...shapes);
    lines.push(...rowLines(stretch, texts[index]!, y, height, isBroken(stretch) ? [] : shapes));
    y += height;
  }
  return { lines: [...lines, ...over], height: y + 16 };
}

function textOf({ labels, zone, broken: rules }: MapStretch): string {
  const told = rules.length === 0 ? "" : `${rules.join(", ")}: `;
  return `${told}${labels.join("; ")}${zone === null ? "" : `, zone ${zone}`}`;
}

function isBroken({ kind, broken: rules }: MapStretch): boolean {
  return rules.length > 0 || kind === "overlap";
}

/** A stretch to scale, and the line from there to the middle of its row. */
function scaleLines(stretch: MapStretch, rowMiddle: number, scale: (address: number) => number): string[] {
  const [top, bottom] = [scale(stretch.start), scale(stretch.end)];
  const [height, link] = isBroken(stretch) ? [3, "link broken"] : [1, "link"];
  return [
    `<rect class="${stretch.kind}" x="${SCALE_LEFT}" y="${round(top)}" width="${SCALE_WIDTH}" height="${round(Math.max(height, bottom - top))}"/>`,
    `<path class="${link}" d="M${SCALE_LEFT + SCALE_WIDTH} ${round((top + bottom) / 2)} L${ROWS_LEFT} ${round(rowMiddle)}"/>`,
  ];
}

function rowLines(
  stretch: MapStretch,
  text: readonly string[],
  y: number,
  height: number,
  shapes: readonly string[],
): string[] {
  const { start, end, kind } = stretch;
  const size = sizeText(BigInt(end - start));
  const range = kind === "hole" ? "" : `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`;
  const line = y + LINE;
  return [
    `<g><title>${xmlText(`${range} ${size}: ${text.join(" ")}`.trim())}</title>`,
    ...shapes,
    `<rect class="${kind}" x="${ROWS_LEFT}" y="${y + 3}" width="${BLOCK_WIDTH}" height="${height - 6}"/>`,
    ...textLines([range], ROWS_LEFT + BLOCK_WIDTH + 12, line, "dim"),
    `<text x="${SIZE_RIGHT}" y="${line}" text-anchor="end">${xmlText(size)}</text>`,
    ...textLines(text, SIZE_RIGHT + 16, line, isBroken(stretch) ? "bad" : ""),
    "</g>",
  ];
}

function textLines(lines: readonly string[], x: number, y: number, style: string): string[] {
  const look = style === "" ? "" : ` class="${style}"`;
  return lines.map((line, index) => `<text x="${x}" y="${y + index * LINE}"${look}>${xmlText(line)}</text>`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Text as XML takes it: control characters have no place in it at all. */
function xmlText(text: string): string {
  return [...text]
    .map((character) => (character < " " || character === "\x7f" ? "�" : (ENTITIES[character] ?? character)))
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
