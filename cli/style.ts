const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof CODES;

/** Puts a text in one or more styles, or leaves it as it is where colour is off. */
export type Paint = (text: string, ...styles: Style[]) => string;

export const plain: Paint = (text) => text;

const coloured: Paint = (text, ...styles) =>
  styles.reduce((inner, style) => `\x1b[${CODES[style][0]}m${inner}\x1b[${CODES[style][1]}m`, text);

export const COLOR_MODES = ["auto", "always", "never"] as const;

export type ColorMode = (typeof COLOR_MODES)[number];

/** `auto` is colour on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal says that it has none. */
export function painter(mode: ColorMode, isTerminal: boolean): Paint {
  if (mode !== "auto") return mode === "always" ? coloured : plain;
  const { NO_COLOR, TERM } = process.env;
  return isTerminal && !NO_COLOR && TERM !== "dumb" ? coloured : plain;
}
