/**
 * Why a random machine can have no layout: conditions that every layout has to meet, each worked out from the draw. They
 * are the coarse ones, so that a machine that fails none of them may still have no layout.
 */
import { kernelConfig } from "../../../core/kernel/config.ts";
import type { Stretch } from "../../../core/plan/stretch.ts";
import type { RandomMachine } from "./random-machines.ts";

const MIB = 2 ** 20;

export type RefusalReason =
  | "no room for tags"
  | "no memory of 32 times the least tags"
  | "no room for a region where the image lies";

export function refusalReason(machine: RandomMachine): RefusalReason | null {
  const { series, pageSizes, blockBytes, placement } = machine;
  // All of these are powers of two, or 48 KiB: the least common multiple is the largest of them, or three times that.
  const pageblockBytes = Math.max(
    ...pageSizes.map((pageSize) => pageSize * 2 ** kernelConfig({ series, pageSize }).pageblockOrder),
  );
  const unitBytes = blockBytes % 3 === 0 ? 3 * pageblockBytes : Math.max(pageblockBytes, blockBytes);
  const leastMemory = series === "rfc-v3" ? Math.max(...pageSizes) : 32 * unitBytes;
  const image = imageRange(machine);
  const hasPlace = (bank: Stretch) =>
    freeParts(bank, [...machine.reserved, ...(image === null ? [] : [image])]).some(
      ({ start, end }) => Math.ceil(start / pageblockBytes) * pageblockBytes + unitBytes <= end,
    );
  const isLongEnough = ({ start, end }: Stretch, bytes: number) => end - start >= bytes;
  if (!machine.banks.some(hasPlace)) return "no room for tags";
  const canServe = (bank: Stretch) =>
    placement === "anywhere"
      ? isLongEnough(bank, leastMemory)
      : hasPlace(bank) && isLongEnough(bank, leastMemory + unitBytes);
  if (!machine.banks.some(canServe)) return "no memory of 32 times the least tags";
  if (image === null || isReserved(image, machine)) return null;
  const ofImage = machine.banks.filter(({ start, end }) => start < image.end && image.start < end);
  // Of the image's own bank no tags lie below the image, and none in its region's memory.
  const first = ofImage[0]!;
  const above = { start: first.start + leastMemory, end: first.end };
  const isServed = ofImage.every(canServe) && (placement === "anywhere" || hasPlace(above));
  return isServed ? null : "no room for a region where the image lies";
}

/** 64 MiB from the start of the first memory that has 2 MiB at a multiple of 2 MiB, as far as there is memory. */
function imageRange({ banks }: RandomMachine): Stretch | null {
  const bank = banks.find(({ start, end }) => Math.ceil(start / (2 * MIB)) * 2 * MIB + 2 * MIB <= end);
  return bank === undefined ? null : { start: bank.start, end: bank.start + 64 * MIB };
}

function isReserved(image: Stretch, { banks, reserved }: RandomMachine): boolean {
  return banks.every(({ start, end }) => {
    const part = { start: Math.max(start, image.start), end: Math.min(end, image.end) };
    return part.end <= part.start || freeParts(part, reserved).length === 0;
  });
}

function freeParts(bank: Stretch, obstacles: readonly Stretch[]): Stretch[] {
  const parts: Stretch[] = [];
  let from = bank.start;
  for (const { start, end } of [...obstacles].sort((a, b) => a.start - b.start)) {
    if (start > from && from < bank.end) parts.push({ start: from, end: Math.min(start, bank.end) });
    from = Math.max(from, end);
  }
  if (from < bank.end) parts.push({ start: from, end: bank.end });
  return parts;
}
