import { isBlob } from "../dts/blob/header.ts";

export const INPUT_FORMATS = ["dtb", "dts", "yaml"] as const;

/** `live` is a folder, which shows by itself. */
export type InputFormat = (typeof INPUT_FORMATS)[number] | "live";

/** How much of a text is looked at; comments before the first statement are seldom longer. */
const LOOK_AHEAD_CHARACTERS = 1 << 16;

const DIRECTIVE = /^#[ \t]*(?:(?:include|define|undef|if|ifdef|ifndef|error|pragma)\b(?=[ \t]*[<"(\w!])|\d+[ \t]+")/;

/**
 * What an input is, by its content. A blob has its magic. Otherwise the first line that is no comment decides: YAML
 * starts with `key:`, `- item`, `---` or `%YAML`; anything else is device tree source, whose parser says best what is
 * wrong with it. A `#` line is a YAML comment unless it is a preprocessor directive that source could start with.
 */
export function detectInputFormat(bytes: Buffer): Exclude<InputFormat, "live"> {
  if (isBlob(bytes)) return "dtb";
  const text = bytes.toString("latin1", 0, LOOK_AHEAD_CHARACTERS).replace(/^\xef\xbb\xbf/, "");
  for (const rawLine of text.split("\n")) {
    const line = rawLine.trim();
    if (line === "") continue;
    if (line.startsWith("#")) {
      if (isDirective(line)) return "dts";
      continue;
    }
    if (/^(?:---|%YAML\b)/.test(line) || /^- /.test(line)) return "yaml";
    // A label before a node or a property looks like a key, but its line ends as no key's line does.
    const isKey = /^(?:"[^"]*"|'[^']*'|[\w$.-]+)[ \t]*:(?:\s|$)/.test(line);
    return isKey && !/[{;]$/.test(line) ? "yaml" : "dts";
  }
  return "dts";
}

/** `# if memory …` in a YAML comment reads like a directive; one with a blank after `#` counts only as a line marker. */
function isDirective(line: string): boolean {
  return DIRECTIVE.test(line) && (line[1] !== " " || /^#[ \t]*\d/.test(line));
}
