import type { Diagnostic, RelatedPlace } from "../diagnostic.ts";
import { LIMITS } from "../limits.ts";
import { NO_SPAN, type Span } from "../source.ts";
import type { Property, TreeNode } from "../tree.ts";

export type OverlayRule =
  | "overlay-label"
  | "overlay-fixup"
  | "overlay-target"
  | "overlay-phandle"
  | "overlay-symbol"
  | "overlay-limit"
  | "overlay-ignored"
  | "overlay-name-match"
  | "overlay-phandle-replaced"
  | "overlay-symbol-replaced"
  | "overlay-path-reference";

const WARNINGS: ReadonlySet<OverlayRule> = new Set([
  "overlay-ignored",
  "overlay-name-match",
  "overlay-phandle-replaced",
  "overlay-symbol-replaced",
  "overlay-path-reference",
]);

/** Where in the overlay something is wrong. */
export interface OverlayPlace {
  readonly node: TreeNode;
  readonly span: Span;
}

/** Gathers what is wrong with an overlay: errors, up to as many as {@link LIMITS} allows, and no more warnings. */
export class OverlayReport {
  readonly diagnostics: Diagnostic[] = [];
  private readonly counts = { error: 0, warning: 0 };

  get hasErrors(): boolean {
    return this.counts.error > 0;
  }

  add(
    rule: OverlayRule,
    place: OverlayPlace | null,
    message: string,
    hint: string,
    related?: readonly RelatedPlace[],
  ): void {
    const severity = WARNINGS.has(rule) ? "warning" : "error";
    if (++this.counts[severity] > LIMITS.errors) return;
    this.diagnostics.push({
      rule,
      severity,
      message,
      hint,
      node: place === null ? null : place.node.path,
      span: place === null ? NO_SPAN : place.span,
      ...(related === undefined || related.length === 0 ? {} : { related }),
    });
  }
}

/** What every program that applies overlays with libfdt does where it meets an error. */
export function refusedWith(error: string): string {
  return `fdtoverlay and U-Boot refuse the overlay (FDT_ERR_${error})`;
}

/** What libfdt does with a path that does not end. */
export const READS_ON = "libfdt reads on behind it, to the next byte that is 0";

/** What libfdt says, or does, where a path leads nowhere; `missing` is its error where the path is as it should be. */
export function pathRefused(reason: "alias" | "circle" | "node", missing = "NOTFOUND"): string {
  if (reason === "circle") return "its aliases lead in a circle, which fdtoverlay 1.6.1 follows until it crashes";
  return refusedWith(reason === "alias" ? "BADPATH" : missing);
}

export function atNode(node: TreeNode): OverlayPlace {
  return { node, span: node.nameSpan };
}

export function atProperty(node: TreeNode, property: Property | null): OverlayPlace {
  return { node, span: property === null || property.span.start < 0 ? node.nameSpan : property.span };
}

/** The byte at `offset` of a property's value, as it was written. */
export function atByte(node: TreeNode, property: Property, offset: number): OverlayPlace {
  const span = property.spanAt(offset);
  return span.start < 0 ? atProperty(node, property) : { node, span };
}

/** A reference as it is written. */
export function labelText(label: string): string {
  return label.startsWith("/") ? `&{${label}}` : `&${label}`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
