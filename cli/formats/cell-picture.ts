/** Cells in a row, drawn with letters that any terminal and any mail has: readable without colour, at most 80 columns. */
import type { Paint } from "../style.ts";

export interface PictureCell {
  /** Over the cell. */
  readonly title: string;
  /** A text for each of the picture's rows. */
  readonly texts: readonly string[];
  /** True where the cell has no walls, as it stands for what is left out. */
  readonly isGap?: boolean;
  /** True where what the picture is about ends with this cell: its right wall is `]`. */
  readonly isLast?: boolean;
}

/** What is at fault, with a `^` under each cell that it befalls. */
export interface PictureMark {
  readonly label: string;
  readonly cells: readonly boolean[];
}

export interface Picture {
  readonly title: string;
  /** What each row is, beginning each line. */
  readonly labels: readonly string[];
  readonly cells: readonly PictureCell[];
  readonly marks: readonly PictureMark[];
  /** What a wall `]` says, where a cell has one. */
  readonly wallMeaning?: string;
}

const WIDTH = 80;
const INDENT = 6;
const LABEL_WIDTH = 15;
const ROOM = WIDTH - INDENT - LABEL_WIDTH - 1;

/** True where the cells can be drawn side by side, with `blanks` in each beside its text. */
export function fitsPicture(cells: readonly PictureCell[], blanks = BLANKS): boolean {
  return cells.reduce((sum, cell) => sum + cellWidth(cell, blanks) + 1, 1) <= ROOM;
}

/** One on each side. */
const BLANKS = 2;

function cellWidth({ title, texts }: PictureCell, blanks: number): number {
  return Math.max(title.length, ...texts.map((text) => text.length)) + blanks;
}

/**
 *     block              9404416   9404418
 *     hardware, pages  |   64    |    -    |
 *     rfc-v2, refs     |   64    |   64    |
 *     over-reserved                   ^
 */
export function pictureLines({ title, labels, cells, marks, wallMeaning }: Picture, paint: Paint): string[] {
  // Three addresses of 64 bits have no room for blanks.
  const blanks = fitsPicture(cells) ? BLANKS : 0;
  const widths = cells.map((cell) => cellWidth(cell, blanks));
  const line = (label: string, text: string) => `${" ".repeat(INDENT)}${label.padEnd(LABEL_WIDTH)} ${text}`.trimEnd();
  const open = (texts: readonly string[]) => widths.map((width, index) => ` ${centre(texts[index]!, width)}`).join("");
  const rows = labels.map((label, row) => line(label, walledRow(cells, row, widths)));
  const marked = marks.map(({ label, cells: isMarked }) => {
    const text = line(label, open(isMarked.map((isSet) => (isSet ? "^" : ""))));
    return paint(text, "red");
  });
  const legend = cells.some(({ isLast }) => isLast) && wallMeaning !== undefined ? [line("]", ` ${wallMeaning}`)] : [];
  return [line(title, open(cells.map((cell) => cell.title))), ...rows, ...marked, ...legend];
}

function walledRow(cells: readonly PictureCell[], row: number, widths: readonly number[]): string {
  let text = "";
  let wall = cells[0]?.isGap ? " " : "|";
  for (const [index, cell] of cells.entries()) {
    text += wall + centre(cell.texts[row]!, widths[index]!);
    const next = cells[index + 1];
    const isOpen = cell.isGap && (next === undefined || next.isGap);
    wall = cell.isLast ? "]" : isOpen ? " " : "|";
  }
  return text + wall;
}

function centre(text: string, width: number): string {
  return text.padStart(Math.ceil((width + text.length) / 2)).padEnd(width);
}
