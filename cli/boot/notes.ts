import type { KernelConfig } from "../../core/kernel/boot.ts";
import { pageblockBytes } from "../../core/kernel/config.ts";
import type { ReservedKind } from "../../core/kernel/resources.ts";
import { sizeText } from "../../core/machine/units.ts";
import { placedByKernel } from "./compare-memory.ts";
import type { Expected } from "./comparison.ts";

/** What the kernel does with a node, where the tree does not show it. */
export interface BootNote {
  readonly node: string;
  readonly message: string;
}

export function bootNotes({ machine, resources }: Expected, config: KernelConfig): BootNote[] {
  const messages: Partial<Record<ReservedKind, string>> = {
    refused: "it overlaps what is reserved before it, so the kernel does not take no-map, and uses it as any memory",
    "given back": `the kernel frees it again: a reusable shared-dma-pool starts and ends at a multiple of ${sizeText(pageblockBytes(config))}, and is not no-map`,
  };
  const notes = resources.reserved.flatMap(({ node, kind }): BootNote[] => {
    const message = messages[kind];
    return node === null || message === undefined ? [] : [{ node: node.path, message }];
  });
  const placed = placedByKernel(machine)
    .filter(({ noMap }) => !noMap)
    .map(({ node }) => ({ node: node.path, message: "the kernel chooses its place, which is not compared" }));
  return [...notes, ...placed];
}
