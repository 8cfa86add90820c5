/**
 * A Debian arm64 kernel under QEMU with nothing but a static busybox beside it, and what it prints. The two packages are
 * of another architecture than this machine's: they are downloaded and unpacked, not installed, with a state of apt's own
 * that leaves the machine's alone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArchiveEntry, CONSOLE_ENTRIES, cpioArchive, FOLDER_MODE, PROGRAM_MODE } from "../../cli/boot/cpio.ts";
import { keptFolder } from "../run-folder.ts";
import { requireProgram } from "./tools.ts";

interface GuestFiles {
  readonly kernel: string;
  readonly busybox: Buffer;
}

const FOLDER = join(keptFolder(), "carveout-debian-arm64");

/** Downloaded once a machine. Throws, naming what is missing, where there is no Debian mirror to have it from. */
export function guestFiles(): GuestFiles {
  requireProgram("apt-get", "apt");
  requireProgram("dpkg-deb", "dpkg");
  const unpacked = join(FOLDER, "unpacked");
  const done = join(FOLDER, ".done");
  if (!existsSync(done)) {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(unpacked, { recursive: true });
    download();
    for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".deb"))) {
      program("dpkg-deb", ["--extract", file, unpacked]);
      rmSync(join(FOLDER, file));
    }
    writeFileSync(done, "");
  }
  const boot = join(unpacked, "boot");
  const kernel = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"));
  if (kernel === undefined) throw new Error(`no kernel in ${boot}: its package has changed`);
  return { kernel: join(boot, kernel), busybox: readFileSync(join(unpacked, "bin/busybox")) };
}

function download(): void {
  for (const folder of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(FOLDER, folder), { recursive: true });
  writeFileSync(join(FOLDER, "status"), "");
  const settings = [
    'APT::Architecture "arm64";',
    'APT::Architectures { "arm64"; };',
    // apt gives up root for downloads otherwise, and then cannot write here
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    `Dir::State::lists "${FOLDER}/lists";`,
    `Dir::State::status "${FOLDER}/status";`,
    `Dir::Cache "${FOLDER}/cache";`,
  ];
  writeFileSync(join(FOLDER, "apt.conf"), settings.join("\n"));
  // sources of others than Debian need not have arm64: that this fails says nothing yet
  runApt("apt-get", ["update"]);
  const latest = program("apt-cache", ["depends", "linux-image-arm64"]);
  const image = /Depends: (linux-image-\S+)/.exec(latest)?.[1];
  if (image === undefined) {
    throw new Error("no package linux-image-arm64 of arm64: /etc/apt/sources.list has to name a Debian mirror");
  }
  program("apt-get", ["download", image, "busybox-static"]);
}

/** Programs of arm64, from packages of their own names or those given, with every library that they need. */
export function guestPrograms(packages: Readonly<Record<string, string>>): ArchiveEntry[] {
  guestFiles();
  requireProgram("readelf", "binutils");
  const unpacked = join(FOLDER, `programs-${Object.keys(packages).join("-")}`);
  if (!existsSync(join(unpacked, ".done"))) {
    mkdirSync(unpacked, { recursive: true });
    const no = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((what) => `--no-${what}`);
    const names = program("apt-cache", ["depends", "--recurse", ...no, ...Object.values(packages)]);
    program("apt-get", ["download", ...new Set(names.split("\n").filter((name) => /^[a-z0-9]/.test(name)))]);
    for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".deb"))) {
      program("dpkg-deb", ["--extract", file, unpacked]);
      rmSync(join(FOLDER, file));
    }
    writeFileSync(join(unpacked, ".done"), "");
  }
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

function runApt(name: string, args: readonly string[]) {
  const env = { ...process.env, LC_ALL: "C", APT_CONFIG: join(FOLDER, "apt.conf") };
  return spawnSync(name, args, { cwd: FOLDER, env, encoding: "utf8" });
}

function program(name: string, args: readonly string[]): string {
  const run = runApt(name, args);
  if (run.status !== 0) throw new Error(`${name} ${args.join(" ")}, for arm64: ${run.stderr}`);
  return run.stdout;
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
