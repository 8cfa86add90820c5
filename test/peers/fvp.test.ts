import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkAsJson, linuxSource } from "./tools.ts";

let top: string;
let board: string;

/** The kernel's own board file, with its memory laid out as in the cover letter and the tags of both banks added. */
const TAG_STORAGE = `
/ {
	/delete-node/ memory@80000000;

	memory0: memory@80000000 {
		device_type = "memory";
		reg = <0x0 0x80000000 0x0 0x80000000>;
	};

	memory1: memory@880000000 {
		device_type = "memory";
		reg = <0x8 0x80000000 0x0 0x78000000>;
	};

	tag-storage@8f8000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0x8 0xf8000000 0x0 0x4000000>;
		block-size = <0x1000>;
		memory = <&memory0>;
	};

	tag-storage@8fc000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0x8 0xfc000000 0x0 0x3c00000>;
		block-size = <0x1000>;
		memory = <&memory1>;
	};
};
`;

beforeAll(() => {
  top = linuxSource();
  board = join(mkdtempSync(join(tmpdir(), "carveout-fvp-")), "fvp-tags.dts");
  writeFileSync(board, `#include "arm/fvp-base-revc.dts"\n${TAG_STORAGE}`);
});

describe("the kernel's own fvp-base-revc.dts, with tag storage added by a file that includes it", () => {
  test("is managed and safe under rfc-v2, with our own preprocessor", () => {
    const prefixes = `${top}/scripts/dtc/include-prefixes`;
    const { status, report } = checkAsJson(board, "-I", prefixes, "-I", `${top}/arch/arm64/boot/dts`);
    expect(report).toMatchObject({
      series: "rfc-v2",
      outcome: "managed",
      safe: true,
      regions: [
        {
          memory: { start: 524288, end: 1048575 },
          tags: { start: 9404416, end: 9420799 },
          blockPages: 1,
        },
        {
          memory: { start: 8912896, end: 9404415 },
          tags: { start: 9420800, end: 9436159 },
          blockPages: 1,
        },
      ],
    });
    expect(status).toBe(0);
  });
});
