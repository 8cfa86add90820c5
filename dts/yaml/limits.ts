/** What a YAML input may ask of this program. A machine with the kernel's 32 tag regions takes some 10,000 characters. */

/** Keeps the worst input to about a second and 300 MB: the parser keeps an error with its stack for each `,` too many. */
export const MAX_YAML_CHARS = 128 * 1024;

/** Values once every alias is written out: aliases of aliases double with every line. */
export const MAX_YAML_VALUES = 100_000;

export const MAX_YAML_DEPTH = 64;

/** More are seldom read, and mostly follow from the first. */
export const MAX_YAML_DIAGNOSTICS = 50;
