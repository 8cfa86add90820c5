import type { Diagnostic } from "../diagnostic.ts";
import { LIMITS } from "../limits.ts";
import { NO_SPAN } from "../source.ts";
import type { TreeNode } from "../tree.ts";

export type BlobRule =
  | "blob-magic"
  | "blob-version"
  | "blob-truncated"
  | "blob-offset"
  | "blob-reserve-map"
  | "blob-structure"
  | "blob-limit";

/** Takes what is wrong with a blob. False once as many errors as {@link LIMITS} allows are gathered: reading stops. */
export type Report = (rule: BlobRule, severity: Diagnostic["severity"], message: string, node?: TreeNode) => boolean;

/** A reporter that gathers into `diagnostics`. A blob has no source, so a diagnostic's place is its node and offset. */
export function reportInto(diagnostics: Diagnostic[]): Report {
  return (rule, severity, message, node) => {
    if (diagnostics.length >= LIMITS.errors) return false;
    diagnostics.push({ rule, severity, message, node: node?.path ?? null, span: NO_SPAN });
    return diagnostics.length < LIMITS.errors;
  };
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
