/** What a map shows, as its script finds it in the page, and the ways from one thing to another. */
export interface Thing {
  readonly element: SVGElement;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of the row from the top; marks are row 0. */
  readonly row: number;
}

export function thingsOf(svg: SVGElement): Thing[] {
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

export function rowOf(things: readonly Thing[], chosen: Thing | null): readonly Thing[] {
  return things.filter(({ row }) => row === (chosen ?? things[0])?.row);
}

/** In the same row; the first thing there is where none is chosen. */
export function neighbour(things: readonly Thing[], chosen: Thing | null, by: number): Thing | null {
  if (chosen === null) return things[0] ?? null;
  const row = rowOf(things, chosen);
  return row[row.indexOf(chosen) + by] ?? chosen;
}

/** What is nearest in the next row. */
export function above(things: readonly Thing[], chosen: Thing | null, by: number): Thing | null {
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
