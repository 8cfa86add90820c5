import { scanTokens } from "../../dts/scan-tokens.ts";
import { SymbolTable } from "../../dts/symbols.ts";
import { latin1 } from "../../dts/tree.ts";
import { parse } from "./memory-files.ts";

/** How many tokens of a kind a source is scanned into. */
export function countOf(kind: number, source: string): number {
  return scanTokens(source, new SymbolTable()).kinds.filter((each) => each === kind).length;
}

/** All that a parse says, with every position: what must not depend on how the source was scanned. */
export function told(source: string, files: Readonly<Record<string, string>> = {}) {
  const { tree, diagnostics } = parse(source, files);
  const nodes = [...(tree?.root.walk() ?? [])].map((node) => ({
    path: node.path,
    labels: node.labels,
    nameSpan: node.nameSpan,
    properties: node.properties.map((property) => ({
      name: property.name,
      labels: property.labels,
      value: latin1(property.value),
      nameSpan: property.nameSpan,
      span: property.span,
      marks: property.marks,
    })),
  }));
  return { nodes, diagnostics };
}
