import type { Machine } from "../../core/machine.ts";
import type { Comparison, Value } from "./comparison.ts";

/** Whether each node of memory and reserved memory reached the kernel as the input has it. */
export function compareTrees(ours: Machine, kernels: Machine): Comparison[] {
  const theirs = new Map(nodeValues(kernels).map(({ path, value }) => [path, value]));
  const lines = nodeValues(ours).map(({ path, value }): Comparison => {
    const other = theirs.get(path) ?? null;
    theirs.delete(path);
    return { topic: "tree", name: path, ours: value, kernels: other, agrees: sameValue(value, other) };
  });
  const more = [...theirs].map(
    ([name, value]): Comparison => ({ topic: "tree", name, ours: null, kernels: value, agrees: false }),
  );
  return [...lines, ...more];
}

function nodeValues({ memoryNodes, reservedNodes, memReserves }: Machine): { path: string; value: Value }[] {
  const said = (words: readonly (readonly [boolean, string])[]) => words.filter(([is]) => is).map(([, word]) => word);
  const header = memReserves.map(({ address, size }) => ({ address, size, offset: 0 }));
  return [
    ...memoryNodes.map(({ node, ranges, available, numaNode }) => {
      const words = said([
        [!available, "disabled"],
        [numaNode !== null, `NUMA node ${numaNode}`],
      ]);
      return { path: node.path, value: { kind: "bytes" as const, ranges, words } };
    }),
    ...reservedNodes.map(({ node, reg, ranges, available, noMap }) => {
      const words = said([
        [!available, "disabled"],
        [noMap, "no-map"],
        [reg === null, "placed by the kernel"],
      ]);
      return { path: node.path, value: { kind: "bytes" as const, ranges, words } };
    }),
    ...(header.length === 0
      ? []
      : [{ path: "/memreserve/", value: { kind: "bytes" as const, ranges: header, words: [] } }]),
  ];
}

function sameValue(a: Value, b: Value | null): boolean {
  if (a.kind !== "bytes" || b?.kind !== "bytes") return false;
  return (
    a.words.join() === b.words.join() &&
    a.ranges.length === b.ranges.length &&
    a.ranges.every(({ address, size }, at) => b.ranges[at]!.address === address && b.ranges[at]!.size === size)
  );
}
