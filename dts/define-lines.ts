/**
 * `#define` lines that need no tokens of their own: headers hold thousands of them, of which a board uses some. The
 * scanner takes such a line whole, as one token, with native code; a macro is made of it when its name is used. What is
 * not of this form goes the ordinary way: the two define the same macros.
 *
 *   #define NAME             the name has a capital, so that it is no part of another name but by design
 *   #define NAME anything    without quotes, `#`, `\` and `/`, but for one comment at the end of the line
 */

const DEFINE = "#define";
const CAPITAL_NAME = /(?:[a-z_][a-z0-9_]*)?[A-Z]\w*/y;
const BODY = /(?:[ \t\r][^\n\\"'#/]*(?:\/\*[^*\n]*\*\/[ \t\r]*)?)?/y;

/** Where the name stands that the line at `at` defines; 0 where it is no such line. */
export function nameOfDefine(text: string, at: number): number {
  if (!text.startsWith(DEFINE, at)) return 0;
  const from = at + DEFINE.length;
  let name = from;
  while (text.charCodeAt(name) === 0x20 || text.charCodeAt(name) === 0x09) name++;
  return name > from ? name : 0;
}

/** Where the name at `name` ends; 0 where its line has to be scanned. */
export function endOfName(text: string, name: number): number {
  CAPITAL_NAME.lastIndex = name;
  CAPITAL_NAME.test(text);
  return CAPITAL_NAME.lastIndex;
}

/** Where the line ends that defines a name which ends at `nameEnd`; 0 where it has to be scanned. */
export function endOfDefine(text: string, nameEnd: number): number {
  BODY.lastIndex = nameEnd;
  BODY.test(text);
  const end = BODY.lastIndex;
  return end === text.length || text.charCodeAt(end) === 0x0a ? end : 0;
}

const NUMBER_BODY = /^[ \t\r]+([0-9]\w*)[ \t\r]*(?:\/\*[^*\n]*\*\/[ \t\r]*)?$/;

/** The number that a name is defined as by its line, which ends at `end`; null where it is defined as anything else. */
export function numberOfDefine(text: string, nameEnd: number, end: number): string | null {
  return NUMBER_BODY.exec(text.slice(nameEnd, end))?.[1] ?? null;
}
