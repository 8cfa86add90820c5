import type { SourceMap, Span } from "./source.ts";
import type { Label, TreeNode } from "./tree.ts";

/**
 * The labels of a node in dtc's order, which shows in what it writes: those that stand before the node where it is first
 * written come last, in the order of the source; those added later (`label: &node { … };`) come before all earlier ones.
 *
 * Source: dtc, `add_label` and `merge_nodes`.
 */
export function labelsInOrder({ labels, nameSpan }: TreeNode, sources: SourceMap): readonly Label[] {
  if (labels.length < 2 || nameSpan.start < 0) return labels;
  const last = labels.findIndex(({ span }) => isRightBefore(span, nameSpan, sources));
  return [...labels.slice(last + 1).reverse(), ...labels.slice(0, last + 1)];
}

/** Between a label and what it labels, comments included. */
const MAX_CHARACTERS_BETWEEN = 1000;

/** True where nothing stands between a label and `next`, in the same file, but its colon, blanks and comments. */
function isRightBefore(label: Span, next: Span, sources: SourceMap): boolean {
  if (next.start < label.end || next.start - label.end > MAX_CHARACTERS_BETWEEN) return false;
  if (sources.locate(label)?.file !== sources.locate(next)?.file) return false;
  let between = "";
  for (let end = next.start; end >= label.end; ) {
    const place = sources.locate({ start: end, end });
    if (place === null) return false;
    const lineStart = end - place.column + 1;
    const from = Math.max(0, label.end - lineStart);
    between = `${sources.lineText(end)!.slice(from, place.column - 1)}\n${between}`;
    end = lineStart - 1;
  }
  return /^:(?:\s|\/\*[^*]*\*\/|\/\/.*\n)*$/.test(between);
}
