import { assemble, branchTo, moveValue } from "./arm64-code.ts";

/** What a boot loader leaves in the registers when it enters the kernel (Documentation/arm64/booting.rst, section 4). */
export function entryCode(kernelAddress: bigint, blobAddress: bigint): Uint8Array {
  return assemble([
    ...moveValue(0, blobAddress),
    ...[1, 2, 3].flatMap((reserved) => moveValue(reserved, 0n)),
    ...moveValue(4, kernelAddress),
    branchTo(4),
  ]);
}
