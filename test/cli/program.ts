/** Runs the built program as its users do; `npm test` builds it first. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One run, in an environment that says nothing about colour. */
export function carveout(args: readonly string[], { input = "", env = {}, cwd }: RunOptions = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    input,
    encoding: "utf8",
    env: { PATH: process.env.PATH, TERM: "xterm", ...env },
    timeout: 120_000,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { code: status, out: stdout, err: stderr };
}

/** A new folder with these files in it. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "carveout-test-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** The first region of the cover letter's FVP layout, as rfc-v2 has it: 2 GiB of memory, 64 MiB of tags. */
export function fvpSource(blockSize = "0x1000"): string {
  return `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory0: memory@80000000 {
		device_type = "memory";
		reg = <0x0 0x80000000 0x0 0x80000000>;
	};
	memory@880000000 {
		device_type = "memory";
		reg = <0x8 0x80000000 0x0 0x80000000>;
	};
	tag-storage@8f8000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0x8 0xf8000000 0x0 0x4000000>;
		block-size = <${blockSize}>;
		memory = <&memory0>;
	};
};
`;
}
