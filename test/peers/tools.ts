/** Other people's programs and sources that the comparisons need, with the Debian package that brings each. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileReader } from "../../dts/input.ts";
import { keptOnce } from "../run-folder.ts";

/** Throws, naming the Debian package, where a program is missing. */
export function requireProgram(program: string, debianPackage: string): void {
  if (spawnSync("which", [program]).status !== 0) {
    throw new Error(`${program} is not installed: apt-get install ${debianPackage}`);
  }
}

const LINUX_ARCHIVE = "/usr/src/linux-source-6.1.tar.xz";

/** The device tree sources of Debian's linux-source-6.1, unpacked once a machine. Gives the kernel's top folder. */
export function linuxSource(): string {
  return join(keptOnce("carveout-linux-6.1-sources", unpackLinuxSource), "linux-source-6.1");
}

function unpackLinuxSource(folder: string): void {
  if (!existsSync(LINUX_ARCHIVE)) throw new Error("no kernel sources: apt-get install linux-source-6.1");
  const parts = [
    "arch/arm64/boot/dts",
    "arch/arm/boot/dts",
    "drivers/of/unittest-data",
    "include/dt-bindings",
    "include/uapi/linux",
    "scripts/dtc",
    "Documentation/devicetree/bindings",
  ];
  const tar = spawnSync("tar", ["xf", LINUX_ARCHIVE, "-C", folder, ...parts.map((part) => `linux-source-6.1/${part}`)]);
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr}`);
}

/**
 * All board sources under arch/arm64/boot/dts, sorted: 766 of them when the tests were written, and one more or less with
 * each stable release that Debian takes over.
 */
export function boardSources(top: string): string[] {
  const boards: string[] = [];
  const folders = [join(top, "arch/arm64/boot/dts")];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (entry.name.endsWith(".dts")) boards.push(join(folder, entry.name));
    }
  }
  if (boards.length < 700) throw new Error(`only ${boards.length} boards below ${top}: the sources are not all there`);
  return boards.sort();
}

export const diskFiles: FileReader = {
  read(path) {
    try {
      return { kind: "text", text: readFileSync(path, "latin1") };
    } catch {
      return { kind: "missing" };
    }
  },
};

/** What `cpp | dtc` makes of a source, as the kernel's build calls them; throws with their words where they refuse. */
export function compileWithDtc(
  source: string,
  includeFolders: readonly string[],
  dtcFlags: readonly string[] = [],
): Buffer {
  const flags = includeFolders.flatMap((folder) => ["-I", folder]);
  const cpp = spawnSync("cpp", ["-nostdinc", ...flags, "-undef", "-D__DTS__", "-x", "assembler-with-cpp", source], {
    maxBuffer: 1 << 28,
  });
  if (cpp.status !== 0) throw new Error(`cpp: ${cpp.stderr}`);
  const folder = source.slice(0, source.lastIndexOf("/") + 1) || ".";
  const dtc = spawnSync("dtc", ["-q", "-I", "dts", "-O", "dtb", "-i", folder, ...dtcFlags, "-"], {
    input: cpp.stdout,
    cwd: folder,
    maxBuffer: 1 << 28,
  });
  if (dtc.status !== 0) throw new Error(`dtc: ${dtc.stderr}`);
  return dtc.stdout;
}

const PROGRAM = new URL("../../dist/cli/main.js", import.meta.url).pathname;

/** Runs `carveout check --format json` on an input. */
export function checkAsJson(
  input: string,
  ...flags: string[]
): { status: number | null; report: Record<string, unknown> } {
  const run = spawnSync(process.execPath, [PROGRAM, "check", input, "--format", "json", ...flags], {
    encoding: "utf8",
  });
  if (run.stdout === "") throw new Error(`carveout check ${input}: ${run.stderr}`);
  return { status: run.status, report: JSON.parse(run.stdout) as Record<string, unknown> };
}

/** Writes the blob of QEMU's virt machine with MTE to `path`. */
export function dumpQemuBlob(path: string, options: readonly string[]): void {
  const machine = ["-M", `virt,mte=on,dumpdtb=${path}`, "-cpu", "max", "-nic", "none", "-display", "none"];
  const run = spawnSync("qemu-system-aarch64", [...machine, ...options], { encoding: "utf8", timeout: 60_000 });
  if (!existsSync(path)) throw new Error(`qemu-system-aarch64: ${run.stderr}`);
}
