/**
 * A program in QEMU's place: writes the tree of QEMU's devices where it is asked to, and on a boot does what `boot` says,
 * a script of Node with `blob`, the blob that it was given, at hand.
 */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBlob } from "../../../dts/blob/write-blob.ts";
import { QEMU_DEVICES, treeOf } from "./qemu-devices.ts";

/** Its path. Arguments of each call are kept in `calls` beside it, a line of JSON each. */
export function fakeQemu(folder: string, boot: string, dump = true): string {
  const path = join(folder, "fake-qemu");
  const devices = Buffer.from(writeBlob(treeOf(QEMU_DEVICES))).toString("base64");
  const script = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(join(folder, "calls"))}, JSON.stringify(args) + "\\n");
const dumped = /dumpdtb=(.*)/.exec(args.join(" "))?.[1].split(" ")[0];
if (dumped !== undefined) {
  if (${dump}) writeFileSync(dumped, Buffer.from("${devices}", "base64"));
  else { process.stderr.write("no such machine\\n"); process.exit(1); }
} else {
  const file = args.map((word) => /file=(.*machine\\.dtb),/.exec(word)?.[1]).find(Boolean);
  const blob = readFileSync(file);
  ${boot}
}
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** What a guest prints whose kernel shows this. */
export function guestPrints(iomem: string, zoneinfo: string): string {
  const files = { version: "Linux version 6.1.0 (x)", cmdline: "quiet", iomem, zoneinfo };
  const printed = Object.entries(files).map(([name, text]) => `\n@carveout ${name}\n${text}\n`);
  return `process.stdout.write(${JSON.stringify(printed.join(""))} + "\\n@carveout fdt\\n" + blob.toString("hex") + "\\n\\n@carveout end\\n");`;
}
