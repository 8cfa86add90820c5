/**
 * A Debian arm64 kernel under QEMU with nothing but a static busybox beside it, and what it prints. The two packages are
 * of another architecture than this machine's: they are downloaded and unpacked, not installed, with a state of apt's own
 * that leaves the machine's alone.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArchiveEntry, CONSOLE_ENTRIES, cpioArchive, FOLDER_MODE, PROGRAM_MODE } from "../../cli/boot/cpio.ts";
import { keptOnce } from "../run-folder.ts";
import { requireProgram } from "./tools.ts";

interface GuestFiles {
  readonly kernel: string;
  readonly busybox: Buffer;
}

/** Downloaded once a machine. Throws, naming what is missing, where there is no Debian mirror to have it from. */
export function guestFiles(): GuestFiles {
  const unpacked = join(aptFolder(), "unpacked");
  const boot = join(unpacked, "boot");
  const kernel = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"));
  if (kernel === undefined) throw new Error(`no kernel in ${boot}: its package has changed`);
  return { kernel: join(boot, kernel), busybox: readFileSync(join(unpacked, "bin/busybox")) };
}

/** The state of an apt for arm64, and the two packages that every guest needs, unpacked. */
function aptFolder(): string {
  requireProgram("apt-get", "apt");
  requireProgram("dpkg-deb", "dpkg");
  requireProgram("readelf", "binutils");
  return keptOnce("carveout-arm64-guest", (folder) => {
    for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "status"), "");
    const apt = aptIn(folder);
    // sources of others than Debian need not have arm64: that this fails says nothing yet
    apt.run("apt-get", ["update"]);
    const latest = apt.outputOf("apt-cache", ["depends", "linux-image-arm64"]);
    const image = /Depends: (linux-image-\S+)/.exec(latest)?.[1];
    if (image === undefined) {
      throw new Error("no package linux-image-arm64 of arm64: /etc/apt/sources.list has to name a Debian mirror");
    }
    apt.unpack([image, "busybox-static"], join(folder, "unpacked"));
  });
}

interface Apt {
  run(program: string, args: readonly string[]): SpawnSyncReturns<string>;
  outputOf(program: string, args: readonly string[]): string;
  /** Downloads packages and unpacks them into a folder. */
  unpack(packages: readonly string[], into: string): void;
}

/** apt with a state of its own in `state`; its settings lie in a file of the run, as a state can be moved. */
function aptIn(state: string): Apt {
  const downloads = mkdtempSync(join(tmpdir(), "carveout-apt-"));
  const settings = [
    'APT::Architecture "arm64";',
    'APT::Architectures { "arm64"; };',
    // apt gives up root for downloads otherwise, and then cannot write here
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    `Dir::State::lists "${state}/lists";`,
    `Dir::State::status "${state}/status";`,
    `Dir::Cache "${state}/cache";`,
  ];
  const settingsFile = join(downloads, "apt.conf");
  writeFileSync(settingsFile, settings.join("\n"));
  const env = { ...process.env, LC_ALL: "C", APT_CONFIG: settingsFile };
  const run = (program: string, args: readonly string[]) =>
    spawnSync(program, args, { cwd: downloads, env, encoding: "utf8" });
  const outputOf = (program: string, args: readonly string[]) => {
    const { status, stdout, stderr } = run(program, args);
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}, for arm64: ${stderr}`);
    return stdout;
  };
  const unpack = (packages: readonly string[], into: string) => {
    outputOf("apt-get", ["download", ...packages]);
    mkdirSync(into, { recursive: true });
    for (const file of readdirSync(downloads).filter((name) => name.endsWith(".deb"))) {
      outputOf("dpkg-deb", ["--extract", file, into]);
      rmSync(join(downloads, file));
    }
  };
  return { run, outputOf, unpack };
}

/** Programs of arm64, from packages of their own names or those given, with every library that they need. */
export function guestPrograms(packages: Readonly<Record<string, string>>): ArchiveEntry[] {
  const state = aptFolder();
  const unpacked = keptOnce(`carveout-arm64-${Object.keys(packages).join("-")}`, (folder) => {
    const apt = aptIn(state);
    const no = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((what) => `--no-${what}`);
    const names = apt.outputOf("apt-cache", ["depends", "--recurse", ...no, ...Object.values(packages)]);
    apt.unpack([...new Set(names.split("\n").filter((name) => /^[a-z0-9]/.test(name)))], folder);
  });
  const files = new Map<string, string>();
  const add = (name: string, path: string): void => {
    if (files.has(name)) return;
    files.set(name, path);
    const { stdout } = spawnSync("readelf", ["-d", path], { encoding: "utf8" });
    for (const [, library] of stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
      const places = ["lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib"].map(
        (place) => `${place}/${library}`,
      );
      const found = places.map((place) => join(unpacked, place)).find((place) => existsSync(place));
      if (found === undefined) throw new Error(`${name} needs ${library}, which its packages do not have`);
      add(library!.startsWith("ld-") ? `lib/${library}` : `lib/aarch64-linux-gnu/${library}`, found);
    }
  };
  for (const name of Object.keys(packages)) add(`usr/bin/${name}`, join(unpacked, "usr/bin", name));
  const folders = ["lib", "lib/aarch64-linux-gnu", "usr", "usr/bin"].map((name) => ({ name, mode: FOLDER_MODE }));
  const programs = [...files].map(([name, path]) => ({ name, mode: PROGRAM_MODE, data: readFileSync(path) }));
  return [...folders, ...programs];
}

/** What stands between a line `BEGIN` and a line `END` of what `commands` print on a machine of so many MiB. */
export function runInGuest(
  commands: readonly string[],
  kernelOptions: readonly string[],
  mebibytes: number,
  programs: readonly ArchiveEntry[] = [],
): string {
  requireProgram("qemu-system-aarch64", "qemu-system-arm");
  const { kernel, busybox } = guestFiles();
  const folder = mkdtempSync(join(tmpdir(), "carveout-guest-"));
  const initramfs = join(folder, "initramfs");
  writeFileSync(initramfs, initramfsOf(busybox, ["#!/bin/busybox sh", ...commands, ""].join("\n"), programs));
  const consoleFile = join(folder, "console");
  const words = ["console=ttyAMA0", "quiet", "loglevel=1", "panic=-1", ...kernelOptions];
  const machine = ["-M", "virt", "-cpu", "cortex-a72", "-smp", "1", "-m", `${mebibytes}M`];
  const bare = ["-nodefaults", "-display", "none", "-no-reboot", "-serial", `file:${consoleFile}`];
  const files = ["-kernel", kernel, "-initrd", initramfs, "-append", words.join(" ")];
  const run = spawnSync("qemu-system-aarch64", [...machine, ...bare, ...files], { encoding: "utf8", timeout: 400_000 });
  const printed = existsSync(consoleFile) ? readFileSync(consoleFile, "latin1").replaceAll("\r", "") : "";
  rmSync(folder, { recursive: true });
  const between = /^BEGIN\n(.*?)^END$/ms.exec(printed);
  if (between === null) throw new Error(`the guest did not get through: ${run.stderr}\n${printed.slice(-2000)}`);
  return between[1]!;
}

function initramfsOf(busybox: Buffer, init: string, programs: readonly ArchiveEntry[]): Buffer {
  const folders = ["bin", "proc", "sys", "tmp"].map((name) => ({ name, mode: FOLDER_MODE }));
  return cpioArchive([
    ...folders,
    ...CONSOLE_ENTRIES,
    ...programs,
    { name: "bin/busybox", mode: PROGRAM_MODE, data: busybox },
    { name: "init", mode: PROGRAM_MODE, data: Buffer.from(init) },
  ]);
}
