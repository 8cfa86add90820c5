/** Markup from templates in which every value that is not markup itself is text: nothing an input says becomes markup. */
import { printable } from "../formats/printable.ts";

export interface Markup {
  readonly markup: string;
}

/** Text and numbers are escaped; markup stands as it is; lists are put together; null is nothing. */
export type MarkupValue = Markup | string | number | null | readonly MarkupValue[];

/**
 * The template itself has letters of ASCII alone, as the bundler leaves the others of a tagged template as they are.
 *
 * `` html`<td title="${name}">${name}</td>` ``: values may stand in elements and in quoted attributes.
 */
export function html(pieces: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return { markup: pieces.reduce((text, piece, index) => text + markupOf(values[index - 1]!) + piece) };
}

/** A node's path, in which lines may break between names. */
export function pathMarkup(path: string): Markup {
  const names = path
    .split("/")
    .map((name, index) => (index === 0 ? html`${name}` : html`<wbr><span class="name">/${name}</span>`));
  return html`<span class="code path">${names}</span>`;
}

/** Text that is markup already: ours alone, never an input's. */
export function trusted(markup: string): Markup {
  return { markup };
}

function markupOf(value: MarkupValue): string {
  if (value === null) return "";
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  if (isList(value)) return value.map(markupOf).join("");
  return value.markup;
}

function isList(value: Markup | readonly MarkupValue[]): value is readonly MarkupValue[] {
  return Array.isArray(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that turn the direction of text, by which a name could show as another; and halves of surrogate pairs. */
const UNSHOWABLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

/** Tabs and line ends stay; other control characters show as they do in a terminal, `\x1b`. */
function escaped(text: string): string {
  return text
    .split(/([\t\n])/)
    .map((part) => (part === "\t" || part === "\n" ? part : printable(part)))
    .join("")
    .replace(UNSHOWABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
