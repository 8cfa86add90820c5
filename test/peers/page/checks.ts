/** What the report's page is asked in the browser. */

interface Piece {
  readonly text: string;
  readonly owner: Element;
  readonly boxes: readonly DOMRect[];
}

/** Texts that lie over one another, or that are cut where they stand. */
export function wrongTexts(): string[] {
  const pieces = [...picturePieces(), ...flowPieces()];
  return [...overlaps(pieces), ...cuts(pieces), ...pastBars()];
}

/** The same of a picture that is a document by itself; what leaves the window is cut too, or out of sight. */
export function wrongPictureTexts(): string[] {
  const pieces = picturePieces();
  const { bottom } = document.documentElement.getBoundingClientRect();
  const isOut = (box: DOMRect) => box.left < 0 || box.right > window.innerWidth || box.top < 0 || box.bottom > bottom;
  return [
    ...overlaps(pieces),
    ...pieces.filter(({ boxes }) => boxes.some(isOut)).map(({ text }) => `"${text}" leaves the window`),
  ];
}

export function unfold(): void {
  for (const details of document.querySelectorAll("details")) details.open = true;
}

export function mapWidth(): number {
  return document.querySelector(".map-view")!.clientWidth;
}

/** Makes maps so many pixels wide: what is drawn for paper must fit a sheet, though the window is wider. */
export function narrow(pixels: number): void {
  for (const svg of document.querySelectorAll(".map svg[data-cuts]")) svg.setAttribute("width", `${pixels}`);
}

/** Of the first thing in a map that is told of in words that begin so. */
export function barWidth(text: string): number {
  const bar = document.querySelector(`.thing[data-text^="${text}"] rect`)!;
  return (Number.parseFloat(bar.getAttribute("width")!) / 100) * mapWidth();
}

function isSeen(element: Element): boolean {
  // checkVisibility does not see that a group in a picture is not displayed.
  const { width } = element.getBoundingClientRect();
  return width > 0 && element.checkVisibility() && element.closest(".hidden, .skip") === null;
}

function picturePieces(): Piece[] {
  return [...document.querySelectorAll("svg text")]
    .filter((text) => text.textContent !== "" && isSeen(text))
    .map((text) => ({ text: text.textContent!, owner: text, boxes: [text.getBoundingClientRect()] }));
}

/** A box for each line of each text. */
function flowPieces(): Piece[] {
  const pieces: Piece[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const owner = node.parentElement!;
    const text = node.textContent!.trim();
    if (text === "" || owner.closest("svg, script, style") !== null || !isSeen(owner)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    pieces.push({ text, owner, boxes: [...range.getClientRects()] });
  }
  return pieces;
}

/** Boxes of lines are taller than their letters. */
const LOOSE_PIXELS = 6;

function overlaps(pieces: readonly Piece[]): string[] {
  const lines = pieces
    .flatMap(({ text, boxes }) => boxes.map((box) => ({ text, box })))
    .filter(({ box }) => box.width > 1 && box.height > 1)
    .sort((a, b) => a.box.top - b.box.top);
  return lines.flatMap((a, index) => {
    const wrong: string[] = [];
    for (let next = index + 1; next < lines.length && lines[next]!.box.top < a.box.bottom; next++) {
      const b = lines[next]!;
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - b.box.top;
      if (across > 1 && down > LOOSE_PIXELS) wrong.push(`"${a.text}" over "${b.text}"`);
    }
    return wrong;
  });
}

/** A source's line may be longer than any page: it scrolls. All else has room. */
function cuts(pieces: readonly Piece[]): string[] {
  return pieces
    .filter(({ owner }) => owner.closest("pre") === null)
    .flatMap(({ text, owner, boxes }) =>
      framesOf(owner)
        .filter((frame) => {
          const { left, right } = frame.getBoundingClientRect();
          return boxes.some((box) => box.left < left - 1 || box.right > right + 1);
        })
        .map((frame) => `"${text}" reaches beyond ${frame.tagName} ${frame.getAttribute("class")}`),
    );
}

function framesOf(owner: Element): Element[] {
  const frames = [document.documentElement as Element];
  for (let frame = owner.parentElement; frame !== null; frame = frame.parentElement) {
    if (getComputedStyle(frame).overflowX !== "visible" || frame.matches("svg")) frames.push(frame);
  }
  return frames;
}

function pastBars(): string[] {
  return [...document.querySelectorAll(".thing")].flatMap((thing) => {
    const text = thing.querySelector("text")!;
    if (text.textContent === "" || !isSeen(text)) return [];
    const [bar, box] = [thing.querySelector("rect")!.getBoundingClientRect(), text.getBoundingClientRect()];
    return box.left < bar.left || box.right > bar.right ? [`"${text.textContent}" is wider than its bar`] : [];
  });
}
