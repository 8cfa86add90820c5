import type { Diagnostic } from "./diagnostic.ts";
import type { SourceMap } from "./source.ts";
import type { DeviceTree } from "./tree.ts";

/** How this library reaches files: it is handed a reader, and touches nothing itself. */
export interface FileReader {
  /**
   * The content of a file, one character a byte (latin1).
   * `missing` makes a search go on in the next include directory; `refused` ends it with the reason as the error.
   */
  read(path: string): FileContent;
}

export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "refused"; readonly reason: string };

/** What reading an input gives, whatever its format. `tree` is null where any diagnostic is an error. */
export interface ParseResult {
  readonly tree: DeviceTree | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
}
