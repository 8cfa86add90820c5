/** What the hostile inputs are made of. */

export interface HostileCase {
  readonly name: string;
  /** `overlay`: source or a blob that is applied to {@link HostileCase.base}. */
  readonly kind: "dts" | "dtb" | "yaml" | "overlay";
  /** Made when asked for: some have many megabytes. */
  readonly make: () => string | Uint8Array;
  readonly base?: () => string | Uint8Array;
  readonly files?: Readonly<Record<string, string>>;
  /** Where it cannot be made smaller without being another case: `npm run test:peers` alone has it. */
  readonly isLarge?: boolean;
  /** The rule of the first error, or `tree` where there is none. */
  readonly answer: string;
}

/**
 * How large the inputs are: a time that grows with the square of these shows at any size, a hang at the largest, where
 * there is ten times of everything that the largest board of Linux 6.1 has.
 */
export interface Sizes {
  /** Of things that a tree or a table is made of. */
  readonly many: number;
  /** Of characters and tokens. */
  readonly million: number;
}

export const FULL_SIZES: Sizes = { many: 50_000, million: 1_000_000 };
export const SMALL_SIZES: Sizes = { many: 4000, million: 40_000 };

export function root(body: string): string {
  return `/dts-v1/;\n/ {\n${body}\n};\n`;
}

export function times(count: number, text: (index: number) => string): string {
  let all = "";
  for (let i = 0; i < count; i++) all += text(i);
  return all;
}

export function nested(depth: number): string {
  return "a {".repeat(depth) + "};".repeat(depth);
}

export function bytesOf(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? Buffer.from(input, "latin1") : input;
}

/** `100,000`. */
export function shown(count: number): string {
  return Math.floor(count).toLocaleString("en");
}
