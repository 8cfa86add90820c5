/** QEMU's command lines: one that writes the machine's own tree, one that boots. */
import type { ByteRange } from "../../core/kernel/byte-ranges.ts";
import { hexAddress, maxBigint, sizeText } from "../../core/machine/units.ts";
import { Failure } from "../failure.ts";

/** Where the virt machine's RAM starts. */
export const RAM_START = 0x4000_0000n;
/**
 * RAM that we ask for at most. QEMU gives more (virt takes 8 TiB), but memory that is described costs the kernel a 64th,
 * and that costs the host memory.
 */
const MAX_RAM = 1n << 40n;

/** QEMU puts its own blob at the start of RAM where nobody names a kernel; ours is elsewhere, and the rest is free. */
export const QEMU_BLOB: ByteRange = { start: RAM_START, end: RAM_START + (1n << 21n) };
/** The first instructions: behind QEMU's blob, which has at most 1 MiB. */
const ENTRY_ADDRESS = QEMU_BLOB.end - 0x1000n;

export interface MachineOptions {
  readonly ramBytes: bigint;
  readonly hasTagging: boolean;
  readonly pageSize: number;
}

export interface GuestFiles {
  readonly folder: string;
  readonly kernelAddress: bigint;
  readonly initrdAddress: bigint;
  readonly blobAddress: bigint;
}

/** Files in the folder. */
export const FILE_NAMES = {
  kernel: "Image",
  initrd: "initramfs",
  blob: "machine.dtb",
  entry: "entry",
  devices: "qemu.dtb",
};

/**
 * RAM that reaches from the machine's start to the last of `kept`, the memory that we expect the kernel to keep, and to
 * the last of what is described where there can be so much: a kernel that keeps more is to be told apart, not to hang.
 * Throws a `Failure` where memory lies elsewhere.
 */
export function ramBytesFor(kept: readonly ByteRange[], described: readonly ByteRange[]): bigint {
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Failure("cannot boot: the tree describes no memory that the kernel keeps");
  }
  if (first.start < RAM_START) {
    throw new Failure(
      `cannot boot: memory starts at ${hexAddress(first.start)}, and QEMU's virt machine has devices below ${hexAddress(RAM_START)}`,
    );
  }
  const limit = RAM_START + MAX_RAM;
  if (last.end > limit) {
    throw new Failure(
      `cannot boot: memory reaches to ${hexAddress(last.end)}, and QEMU is asked for ${sizeText(MAX_RAM)} from ${hexAddress(RAM_START)} on at most; --mem may leave less of it`,
    );
  }
  const ends = [QEMU_BLOB, last, ...described].map(({ end }) => end).filter((end) => end <= limit);
  const end = ends.reduce(maxBigint);
  const mib = 1n << 20n;
  return ((end - RAM_START + mib - 1n) / mib) * mib;
}

/** Writes {@link FILE_NAMES.devices} and ends. */
export function dumpArguments(options: MachineOptions, folder: string): string[] {
  return machineArguments(options, `,dumpdtb=${escaped(`${folder}/${FILE_NAMES.devices}`)}`);
}

/** Boots with the serial console on standard output. */
export function bootArguments(options: MachineOptions, files: GuestFiles): string[] {
  const load = (name: string, address: bigint, more = "") => [
    "-device",
    `loader,file=${escaped(`${files.folder}/${name}`)},addr=${hexAddress(address)},force-raw=on${more}`,
  ];
  return [
    ...machineArguments(options, ""),
    ...["-no-reboot", "-monitor", "none", "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...load(FILE_NAMES.kernel, files.kernelAddress),
    ...load(FILE_NAMES.initrd, files.initrdAddress),
    ...load(FILE_NAMES.blob, files.blobAddress),
    ...load(FILE_NAMES.entry, ENTRY_ADDRESS, ",cpu-num=0"),
  ];
}

function machineArguments({ ramBytes, hasTagging, pageSize }: MachineOptions, more: string): string[] {
  // cortex-a72 is quicker, but has neither memory tagging nor pages of 16 KiB
  const isPlain = !hasTagging && pageSize !== 16384;
  return [
    ...["-machine", `virt,memory-backend=ram${hasTagging ? ",mte=on" : ""}${more}`],
    // No swap or memory of the host is set aside: what is not touched costs nothing
    ...["-object", `memory-backend-ram,id=ram,size=${ramBytes},reserve=off`, "-m", `${ramBytes >> 20n}M`],
    ...["-cpu", isPlain ? "cortex-a72" : "max,pauth-impdef=on", "-smp", "1"],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
  ];
}

/** A comma stands between QEMU's options: one in a name is written twice. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
