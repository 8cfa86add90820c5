/** Lengths of `reg`, `ranges` and `dma-ranges` against the cells that they are counted by. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { cellPlaces, count, nodeText, type TreeFacts } from "./tree-facts.ts";

const COUNT_CELLS = "count the cells: a cell too few or too many shifts all that follow";

export function regFormat(reg: Property, node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const { parent } = node;
  const { span, length } = reg;
  if (parent === null) {
    report(() => ({
      span,
      message: "the root has a reg",
      hint: "the root is the address space itself, and has no place in one",
    }));
    return;
  }
  if (length === 0) {
    report(() => ({
      span,
      message: `reg of ${nodeText(node)} is empty`,
      hint: "write the address and the size, or leave reg out, and the unit address with it",
    }));
    return;
  }
  const { address, size } = facts.childCells(parent);
  if (isMultiple(length, address + size)) return;
  report(() => ({
    span,
    message: `reg of ${nodeText(node)} has ${lengthText(length)}; with #address-cells ${address} and #size-cells ${size} of ${nodeText(parent)} it takes ${multipleText(address + size)}`,
    hint: COUNT_CELLS,
    related: cellPlaces(parent),
  }));
}

/** `ranges` and `dma-ranges`: child address, parent address, size. */
export function rangesFormat(ranges: Property, node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const { parent } = node;
  const { name, span, length } = ranges;
  if (parent === null) {
    report(() => ({
      span,
      message: `the root has a ${name}`,
      hint: "leave it out: there is nothing above the root to translate to",
    }));
    return;
  }
  const own = facts.childCells(node);
  const above = facts.childCells(parent);
  const related = () => [...cellPlaces(node), ...cellPlaces(parent)];
  if (length === 0) {
    const differing = (["address", "size"] as const).filter((kind) => own[kind] !== above[kind]);
    if (differing.length === 0) return;
    const words = differing.map(
      (kind) => `its #${kind}-cells is ${own[kind]} and that of ${nodeText(parent)} ${above[kind]}`,
    );
    report(() => ({
      span,
      message: `${name} of ${nodeText(node)} is empty, which says that addresses are those of the parent, but ${words.join(", and ")}`,
      hint: `repeat the cells of ${nodeText(parent)} in ${nodeText(node)}, or write ${name} out`,
      related: related(),
    }));
    return;
  }
  const rowCells = own.address + above.address + own.size;
  if (isMultiple(length, rowCells)) return;
  report(() => ({
    span,
    message: `${name} of ${nodeText(node)} has ${lengthText(length)}; with ${own.address} for an address in it, ${above.address} for one in ${nodeText(parent)} and ${own.size} for a size it takes ${multipleText(rowCells)}`,
    hint: COUNT_CELLS,
    related: related(),
  }));
}

/** No number of bytes but 0 is a multiple of no cells. */
function isMultiple(bytes: number, cells: number): boolean {
  return cells === 0 ? bytes === 0 : bytes % (cells * 4) === 0;
}

function lengthText(bytes: number): string {
  return bytes % 4 === 0 ? count(bytes / 4, "cell") : count(bytes, "byte");
}

function multipleText(cells: number): string {
  return cells === 0 ? "none" : `a multiple of ${cells}`;
}
