/** A kernel booted on a tree's memory, and what came of it: the road from the two files to the comparison. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { byteRange, removeRange } from "../../core/kernel/byte-ranges.ts";
import { pagesInside } from "../../core/kernel/resources.ts";
import { toAddress } from "../../core/machine/units.ts";
import { type Machine, readMachine } from "../../core/machine.ts";
import { rangePages } from "../../core/region.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { Failure } from "../failure.ts";
import { writeOutputFile } from "../files.ts";
import { printable } from "../formats/printable.ts";
import type { KernelImage } from "./arm64-image.ts";
import { compareMemory } from "./compare-memory.ts";
import type { Comparison, Expected } from "./comparison.ts";
import { CONSOLE_ENTRIES, cpioArchive, FOLDER_MODE, PROGRAM_MODE } from "./cpio.ts";
import { entryCode } from "./entry-code.ts";
import { expectedMemory } from "./expected-memory.ts";
import { guestInit, MARKER } from "./guest-init.ts";
import { guestFiles, guestMemory, logLines, parseIomem, parseZoneinfo } from "./guest-output.ts";
import {
  bootArguments,
  dumpArguments,
  FILE_NAMES,
  type MachineOptions,
  QEMU_BLOB,
  ramBytesFor,
} from "./machine-command.ts";
import { mergeTree } from "./merge-tree.ts";
import { type BootNote, bootNotes } from "./notes.ts";
import { type OwnMemory, ownMemory } from "./own-memory.ts";
import { BLOB_BYTES, type Places, placeFiles } from "./place-files.ts";
import { type MachineRun, runMachine } from "./run-machine.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

export interface BootOptions {
  readonly config: KernelConfig;
  /** Whether the kernel has the series of {@link config}; one that has none reads tag storage as any other memory. */
  readonly hasSeries: boolean;
  readonly qemu: string;
  /** Words for the kernel's command line besides ours. */
  readonly append: string;
  readonly timeoutSeconds: number;
}

export interface BootReport {
  /** `/proc/version`, and the command line as the kernel had it. */
  readonly version: string;
  readonly commandLine: string;
  readonly comparisons: readonly Comparison[];
  readonly own: readonly OwnMemory[];
  readonly notes: readonly BootNote[];
  /** Of the kernel's log: see {@link logLines}. */
  readonly log: readonly string[];
}

/** What is known before QEMU runs. */
export interface BootPlan {
  readonly expected: Expected;
  readonly machineOptions: MachineOptions;
  readonly places: Places;
  readonly initrd: Buffer;
}

/** Nodes and ranges, of memory and reserved memory together: more than any kernel's, and little enough to compare at once. */
const MAX_RANGES = 4096;

function refuseTooMany({ memoryNodes, reservedNodes, memReserves }: Machine): void {
  const nodes = [...memoryNodes, ...reservedNodes];
  const count = nodes.reduce((sum, { ranges }) => sum + 1 + ranges.length, memReserves.length);
  if (count > MAX_RANGES) {
    throw new Failure(
      `cannot boot: the tree has ${count} nodes and ranges of memory and reserved memory, and ${MAX_RANGES} are taken at most`,
    );
  }
}

/** Throws a `Failure` where the machine's memory is nothing that QEMU can give, or that the files fit in. */
export function planBoot(machine: Machine, image: KernelImage, { config, hasSeries }: BootOptions): BootPlan {
  refuseTooMany(machine);
  const expected = expectedMemory(machine, config, hasSeries);
  const { resources } = expected;
  const initrd = cpioArchive([
    ...CONSOLE_ENTRIES,
    { name: "proc", mode: FOLDER_MODE },
    { name: "sys", mode: FOLDER_MODE },
    { name: "init", mode: PROGRAM_MODE, data: guestInit() },
  ]);
  const pageBytes = (range: { start: number; end: number }) =>
    byteRange(toAddress(range.start, config.pageSize), toAddress(rangePages(range), config.pageSize));
  const described = machine.memoryNodes.flatMap(({ available, ranges }) => (available ? ranges : []));
  const describedBytes = described.map(({ address, size }) => byteRange(address, size));
  const ramBytes = ramBytesFor(resources.pieces, describedBytes);
  const tagRanges = expected.tags.map(({ range }) => range);
  // The kernel's image must not lie across two pieces: /proc/iomem would show neither
  const pieces = resources.pieces.filter(({ noMap }) => !noMap);
  let free = pieces.flatMap((piece) => pagesInside(piece, config.pageSize)).map(pageBytes);
  for (const range of [QEMU_BLOB, ...resources.reserved.map((each) => each.range), ...tagRanges.map(pageBytes)]) {
    free = removeRange(free, range);
  }
  const sizes = {
    textOffset: image.textOffset,
    kernelBytes: image.memoryBytes,
    initrdBytes: BigInt(initrd.length),
  };
  return {
    expected,
    machineOptions: { ramBytes, hasTagging: machine.tagNodes.length > 0, pageSize: config.pageSize },
    places: placeFiles(free, sizes),
    initrd,
  };
}

/** The kernel's command line: `loglevel` keeps the console for the guest's own words, and for the kernel's last. */
export function kernelWords({ config, append }: BootOptions): string {
  const limit = config.memLimitBytes === null ? [] : [`mem=${config.memLimitBytes}`];
  const words = ["console=ttyAMA0", "earlycon", "quiet", "loglevel=1", "panic=-1", "nokaslr", ...limit];
  return [...words, ...(append === "" ? [] : [append])].join(" ");
}

/** The two command lines, for files in a folder. */
export function commandLines(plan: BootPlan, folder: string): { readonly dump: string[]; readonly boot: string[] } {
  const { machineOptions, places } = plan;
  return {
    dump: dumpArguments(machineOptions, folder),
    boot: bootArguments(machineOptions, {
      folder,
      kernelAddress: places.kernel.start,
      initrdAddress: places.initrd.start,
      blobAddress: places.blob.start,
    }),
  };
}

/** Boots. Throws a `Failure`, with the guest's last words, where the kernel does not get to its first program. */
export function bootMachine(machine: Machine, image: KernelImage, options: BootOptions): Promise<BootReport> {
  const plan = planBoot(machine, image, options);
  return withTemporaryFolder(async (folder, onSignal) => {
    const { dump, boot } = commandLines(plan, folder);
    const run = { timeoutSeconds: options.timeoutSeconds, onSignal };
    const dumped = await runMachine(options.qemu, dump, { ...run, doneMark: null });
    const devices = readDevices(join(folder, FILE_NAMES.devices), options.qemu, dumped);
    const chosen = { bootArguments: kernelWords(options), initrd: plan.places.initrd };
    const blob = writeBlob(mergeTree(devices, machine, chosen));
    if (BigInt(blob.length) > BLOB_BYTES) {
      throw new Failure(
        `cannot boot: the tree makes a blob of ${blob.length} bytes, and the kernel takes 2 MiB at most`,
      );
    }
    writeOutputFile(join(folder, FILE_NAMES.kernel), image.bytes);
    writeOutputFile(join(folder, FILE_NAMES.initrd), plan.initrd);
    writeOutputFile(join(folder, FILE_NAMES.blob), blob);
    writeOutputFile(join(folder, FILE_NAMES.entry), entryCode(plan.places.kernel.start, plan.places.blob.start));
    const ran = await runMachine(options.qemu, boot, { ...run, doneMark: `\n${MARKER}end` });
    return report(plan, ran, options);
  });
}

function readDevices(path: string, qemu: string, run: MachineRun) {
  try {
    const { tree } = readBlob(readFileSync(path));
    if (tree !== null) return tree;
  } catch {
    // Told below, with QEMU's own words
  }
  const why = run.end === "timeout" ? "it did not end in time" : lastLines(run.errors) || "it gave no reason";
  throw new Failure(`${qemu} wrote no device tree of its virt machine: ${why}`);
}

function report(plan: BootPlan, run: MachineRun, { config, timeoutSeconds }: BootOptions): BootReport {
  const files = guestFiles(run.output);
  if (files === null) {
    const why = {
      timeout: `did not get to its first program in ${timeoutSeconds} s (--timeout gives it more)`,
      "too much output": "printed without end",
      exit: "did not get to its first program",
      panic: "panicked",
      done: "did not print what it was asked for",
    }[run.end];
    const said = lastLines(`${run.errors}\n${run.output}`);
    const words =
      said === "" ? "it printed nothing; --append 'loglevel=8' lets it say more" : `its last words:\n${said}`;
    throw new Failure(`the kernel ${why}; ${words}`);
  }
  const memory = guestMemory(parseIomem(files.get("iomem") ?? ""), config.pageSize);
  if (memory.systemRam.length === 0) {
    throw new Failure("the kernel shows no System RAM in /proc/iomem: it needs CONFIG_PROC_FS");
  }
  const { tree } = readBlob(Buffer.from(files.get("fdt") ?? "", "hex"));
  if (tree === null) throw new Failure("the kernel shows no blob in /sys/firmware/fdt: it needs CONFIG_SYSFS");
  const found = {
    machine: readMachine(tree),
    memory,
    zones: parseZoneinfo(files.get("zoneinfo") ?? ""),
  };
  return {
    version: files.get("version") ?? "",
    commandLine: files.get("cmdline") ?? "",
    comparisons: compareMemory(plan.expected, found, config),
    own: ownMemory(plan.expected, memory, plan.places, config.pageSize),
    notes: bootNotes(plan.expected, config),
    log: logLines(files.get("log") ?? ""),
  };
}

/** As much of what a guest said as helps. */
const LAST = { lines: 12, characters: 200 };

function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-LAST.lines)
    .map((line) => printable(line.slice(0, LAST.characters)))
    .join("\n");
}
