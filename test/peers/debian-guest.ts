/**
 * A Debian arm64 kernel under QEMU with nothing but a static busybox beside it, and what it prints. The two packages are
 * of another architecture than this machine's: they are downloaded and unpacked, not installed, with a state of apt's own
 * that leaves the machine's alone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireProgram } from "./tools.ts";

interface GuestFiles {
  readonly kernel: string;
  readonly busybox: Buffer;
}

const FOLDER = join(tmpdir(), "carveout-debian-arm64");

/** Downloaded once a machine. Throws, naming what is missing, where there is no Debian mirror to have it from. */
function guestFiles(): GuestFiles {
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
export function runInGuest(commands: readonly string[], kernelOptions: readonly string[], mebibytes: number): string {
  requireProgram("qemu-system-aarch64", "qemu-system-arm");
  const { kernel, busybox } = guestFiles();
  const folder = mkdtempSync(join(tmpdir(), "carveout-guest-"));
  const initramfs = join(folder, "initramfs");
  writeFileSync(initramfs, cpioArchive(busybox, ["#!/bin/busybox sh", ...commands, ""].join("\n")));
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

/** An initramfs: the archive format `newc` of cpio, as the kernel's Documentation/driver-api/early-userspace has it. */
function cpioArchive(busybox: Buffer, init: string): Buffer {
  const folders = ["bin", "proc", "sys", "dev", "tmp"].map((name) => cpioEntry(name, 0o040755, Buffer.alloc(0)));
  return Buffer.concat([
    ...folders,
    cpioEntry("dev/console", 0o020600, Buffer.alloc(0), [5, 1]),
    cpioEntry("bin/busybox", 0o100755, busybox),
    cpioEntry("init", 0o100755, Buffer.from(init)),
    cpioEntry("TRAILER!!!", 0, Buffer.alloc(0)),
  ]);
}

function cpioEntry(name: string, mode: number, data: Buffer, [major, minor] = [0, 0]): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, user, group, links, time, size, device, device of a device node, length of the name, checksum
  const numbers = [0, mode, 0, 0, 1, 0, data.length, 0, 0, major!, minor!, nameBytes.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), nameBytes])), padded(data)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
