/** What each character may be part of, by its number: sums of the classes below. A character from 256 on is in none. */
export const classes = new Uint8Array(256);

/** White space within a line. */
export const SPACE = 1;
export const DIGIT = 2;
/** A letter or an underscore. */
export const LETTER = 4;
/** What node and property names are made of: `[a-zA-Z0-9,._+*#?@-]`. */
export const NAME = 8;

for (const character of " \t\r\v\f") classes[character.charCodeAt(0)] = SPACE;
for (let c = 0x30; c <= 0x39; c++) classes[c] = DIGIT | NAME;
for (let c = 0x41; c <= 0x5a; c++) classes[c] = LETTER | NAME;
for (let c = 0x61; c <= 0x7a; c++) classes[c] = LETTER | NAME;
classes[0x5f] = LETTER | NAME;
for (const character of ",.+*#?@-") classes[character.charCodeAt(0)]! |= NAME;
