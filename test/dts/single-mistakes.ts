/** Real sources with one token wrong: deleted, doubled or taken for another, at places that a seed chooses. */

export const MISTAKE_KINDS = [
  "; lost",
  "} lost",
  "}; lost",
  "{ lost",
  "< lost",
  "> lost",
  '" lost',
  "= lost",
  ", lost",
  "& lost",
  ": lost",
  "; doubled",
  "} doubled",
  "{ doubled",
  "< doubled",
  "> doubled",
  '" doubled',
  ", doubled",
  ", for ;",
  "; for ,",
] as const;

export type MistakeKind = (typeof MISTAKE_KINDS)[number];

/** Kinds of slips that are more than a token lost or doubled: where they can happen, and what is written there. */
const SLIPS: Readonly<Record<string, readonly [place: RegExp, change: (written: string) => string]>> = {
  "( lost": [/\((?=[^\n]*>)/g, () => ""],
  ") lost": [/\)(?=[^\n]*>)/g, () => ""],
  "( doubled": [/\((?=[^\n]*>)/g, () => "(("],
  ") doubled": [/\)(?=[^\n]*>)/g, () => "))"],
  "/* lost": [/\/\*/g, () => ""],
  "*/ lost": [/\*\//g, () => ""],
  "a file's closing quote lost": [/(?<=#include [^\n]*)[">]$/gm, () => ""],
  "#include misspelt": [/#include/g, () => "#inclde"],
  "/delete-node/ misspelt": [/\/delete-node\//g, () => "/delete-nod/"],
  "/delete-property/ misspelt": [/\/delete-property\//g, () => "/delete-prop/"],
  "label misspelt where it is referred to": [/(?<=<&)\w+/g, (name) => `${name}x`],
  "label misspelt where a node is extended": [/(?<=^&)\w+/gm, (name) => `${name}x`],
  "macro misspelt": [/\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b(?=[^\n]*>)/g, (name) => `${name}X`],
  "letter in a number": [/\b0x[0-9a-f]+\b/g, (number) => `${number}g`],
  "space for @": [/@(?=[0-9a-f,]+ \{)/g, () => " "],
  "; for {": [/(?<=\w )\{/g, () => ";"],
  "{ for ;": [/;$/gm, () => "{"],
  ": for =": [/ = /g, () => ":"],
  "' for \"": [/"/g, () => "'"],
  "space before :": [/(?<=^\t+)\w+:/gm, (label) => `${label.slice(0, -1)} :`],
};

export const SLIP_KINDS = Object.keys(SLIPS);

/** Up to `count` slips of a kind in `text`. */
export function slips(text: string, kind: string, count: number, next: () => number): SingleMistake[] {
  const [place, change] = SLIPS[kind]!;
  const found = [...text.matchAll(place)];
  return Array.from({ length: Math.min(count, found.length) }, () => {
    const { 0: written, index } = found[Math.floor(next() * found.length)]!;
    const before = text.slice(0, index);
    return {
      text: before + change(written) + text.slice(index + written.length),
      line: before.split("\n").length,
    };
  });
}

export interface SingleMistake {
  readonly text: string;
  /** Where the token was, from 1. */
  readonly line: number;
}

/** Numbers from 0 to 1, the same for a seed on every machine. */
export function seededNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Up to `count` mistakes of a kind in `text`. */
export function singleMistakes(text: string, kind: MistakeKind, count: number, next: () => number): SingleMistake[] {
  const [token, change, other] = kind.split(" ") as [string, string, string | undefined];
  const found = change === "for" ? tokensAt(text, other!) : tokensAt(text, token);
  const mistakes: SingleMistake[] = [];
  for (let i = 0; i < Math.min(count, found.length); i++) {
    const at = found[Math.floor(next() * found.length)]!;
    const rest = text.slice(at + (change === "for" ? 1 : token.length));
    const inPlace = change === "lost" ? "" : change === "doubled" ? token + token : token;
    mistakes.push({ text: text.slice(0, at) + inPlace + rest, line: text.slice(0, at).split("\n").length });
  }
  return mistakes;
}

/** Where a token stands outside of comments, directives, strings and names. A quote is one at either end of a string. */
function tokensAt(text: string, token: string): number[] {
  const places: number[] = [];
  const pieces =
    /\/\*[\s\S]*?\*\/|\/\/.*|^[ \t]*#[ \t]*(?:include|define|undef|if|ifdef|ifndef|elif|else|endif)\b(?:.*\\\n)*.*|"[^"\n]*"|[\w,.+*#?@-]+|[^\s]/gm;
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    if (piece.startsWith('"')) {
      if (token === '"') places.push(index, index + piece.length - 1);
    } else if (text.startsWith(token, index) && (piece.length === 1 || piece === token)) places.push(index);
  }
  return places;
}
