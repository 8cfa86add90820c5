/**
 * The twenty mistakes of test/golden/mistakes beside cpp and dtc, and the kernel's boards with one token wrong.
 * `UPDATE_GOLDEN=1 npx vitest run --config vitest.peers.config.ts test/peers/mistakes.test.ts` writes dtc.txt anew.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { FileReader } from "../../dts/input.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { MISTAKES } from "../cli/mistake-table.ts";
import {
  MISTAKE_KINDS,
  type SingleMistake,
  SLIP_KINDS,
  seededNumbers,
  singleMistakes,
  slips,
} from "../dts/single-mistakes.ts";
import { diskFiles, linuxSource, requireProgram } from "./tools.ts";

const ROOT = "test/golden/mistakes";

/** What `cpp | dtc` says of a folder's board on standard error, each program's words under its command. */
function wordsOfDtc(folder: string): string {
  const cppFlags = ["-nostdinc", "-undef", "-x", "assembler-with-cpp", "-I.", "board.dts"];
  const dtcFlags = ["-I", "dts", "-O", "dtb"];
  const options = { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } };
  const cpp = spawnSync("cpp", cppFlags, options);
  const dtc = spawnSync("dtc", dtcFlags, { ...options, input: cpp.stdout });
  const said = (program: string, flags: string[], run: typeof cpp): string =>
    `$ ${program} ${flags.join(" ")}\n${run.stderr}exit ${run.status}\n`;
  return said("cpp", cppFlags, cpp) + said("dtc", dtcFlags, dtc);
}

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
});

describe("beside dtc", () => {
  test.each(MISTAKES)("$name", ({ name, place, dtcPlace, better }) => {
    const words = wordsOfDtc(`${ROOT}/${name}`);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(`${ROOT}/${name}/dtc.txt`, words);
    expect(words).toBe(readFileSync(`${ROOT}/${name}/dtc.txt`, "utf8"));
    // dtc says FILE:LINE.COLUMN, cpp FILE:LINE: or FILE:LINE:COLUMN:.
    const [, file, line] = /^(?:Error: )?([\w.-]+):(\d+)[.:]/m.exec(words)!;
    expect(`${file}:${line}`).toBe(dtcPlace);
    const [ourFile, ourLine] = place.split(":");
    if (better === undefined) expect(`${ourFile}:${ourLine}`).toBe(dtcPlace);
    else expect(`${ourFile}:${ourLine}`).not.toBe(dtcPlace);
  });
});

/** Boards, each with the file of it in which a token goes wrong. */
const BOARDS: readonly (readonly [board: string, file: string])[] = [
  ["qcom/sdm845-db845c.dts", "qcom/sdm845-db845c.dts"],
  ["nvidia/tegra194-p2972-0000.dts", "nvidia/tegra194-p2972-0000.dts"],
  ["rockchip/rk3399-pinebook-pro.dts", "rockchip/rk3399-pinebook-pro.dts"],
  ["freescale/imx8mm-evk.dts", "freescale/imx8mm-evk.dtsi"],
  ["ti/k3-j721e-sk.dts", "ti/k3-j721e-sk.dts"],
  ["amlogic/meson-g12b-odroid-n2.dts", "amlogic/meson-g12b-odroid-n2.dtsi"],
  ["mediatek/mt8183-evb.dts", "mediatek/mt8183.dtsi"],
  ["allwinner/sun50i-a64-pine64.dts", "allwinner/sun50i-a64.dtsi"],
  ["arm/juno.dts", "arm/juno-base.dtsi"],
  ["renesas/r8a77951-salvator-xs.dts", "renesas/salvator-common.dtsi"],
  ["exynos/exynos5433-tm2.dts", "exynos/exynos5433-tm2-common.dtsi"],
  ["hisilicon/hi3660-hikey960.dts", "hisilicon/hi3660-hikey960.dts"],
  ["qcom/sdm845-cheza-r3.dts", "qcom/sdm845-cheza.dtsi"],
  ["qcom/sdm845-xiaomi-polaris.dts", "qcom/sdm845-xiaomi-polaris.dts"],
];

/** Of each kind, in each board. */
const MISTAKES_EACH = 12;

/** Boards with one token wrong that may have more reports than one, of every hundred of a kind. */
const MOST_CASCADES_PERCENT = 1;

/** The same of other slips, and of those with comments, which may swallow or lay bare anything. */
const MOST_SLIP_CASCADES_PERCENT = 5;
const MOST_COMMENT_CASCADES_PERCENT = 15;

/** Those whose first report is further from the token than the line before or after it. */
const MOST_FAR_PERCENT = 2;

const texts = new Map<string, string | null>();

function readOnce(path: string): string | null {
  let text = texts.get(path);
  if (text === undefined) {
    const content = diskFiles.read(path);
    text = content.kind === "text" ? content.text : null;
    texts.set(path, text);
  }
  return text;
}

interface Tally {
  readonly wrong: number;
  /** Boards with so many reports, by their number. */
  readonly counts: ReadonlyMap<number, number>;
  /** Boards whose first report is further from the mistake than the line before or after it. */
  readonly far: number;
  readonly said: string;
}

/** What is reported of the boards with one mistake each; where `mayBeRight`, one that leaves a source right is none. */
function tally(kind: string, mayBeRight: boolean, mistakesIn: (text: string) => readonly SingleMistake[]): Tally {
  const top = linuxSource();
  const boards = join(top, "arch/arm64/boot/dts");
  const includeDirs = [join(top, "scripts/dtc/include-prefixes"), join(top, "include")];
  const counts = new Map<number, number>();
  let wrong = 0;
  let far = 0;
  for (const [board, file] of BOARDS) {
    const target = join(boards, file);
    for (const { text, line } of mistakesIn(readOnce(target)!)) {
      const files: FileReader = {
        read(path) {
          const content = path === target ? text : readOnce(path);
          return content === null ? { kind: "missing" } : { kind: "text", text: content };
        },
      };
      const path = join(boards, board);
      const source = path === target ? text : readOnce(path)!;
      const { tree, diagnostics, sources } = parseSource(path, source, { files, includeDirs });
      if (tree !== null && mayBeRight) continue;
      wrong++;
      counts.set(diagnostics.length, (counts.get(diagnostics.length) ?? 0) + 1);
      const at = diagnostics[0] === undefined ? null : sources.locate(diagnostics[0].span);
      if (at?.file !== target || Math.abs(at.line - line) > 1) far++;
    }
  }
  const spread = [...counts].sort(([a], [b]) => a - b).map(([reports, boards]) => `${boards} with ${reports}`);
  return { wrong, counts, far, said: `${wrong} sources with "${kind}": ${spread.join(", ")}; ${far} told elsewhere` };
}

describe("one token wrong in a board of the kernel gives one report, on its line or the next", () => {
  test.each(MISTAKE_KINDS)("%s", (kind) => {
    const next = seededNumbers(20_230_823);
    // A comma in a name is part of it: without it, it is another name.
    const mayBeRight = kind.includes(",");
    const mistakesIn = (text: string) => singleMistakes(text, kind, MISTAKES_EACH, next);
    const { wrong, counts, far, said } = tally(kind, mayBeRight, mistakesIn);
    expect(counts.get(0) ?? 0, said).toBe(0);
    expect(wrong - (counts.get(1) ?? 0), said).toBeLessThanOrEqual((wrong * MOST_CASCADES_PERCENT) / 100);
    expect(far, said).toBeLessThanOrEqual((wrong * MOST_FAR_PERCENT) / 100);
  });
});

describe("another slip in a board of the kernel gives one report", () => {
  test.each(SLIP_KINDS)("%s", (kind) => {
    const next = seededNumbers(20_230_823);
    // What stands in a comment may be anything.
    const { wrong, counts, said } = tally(kind, true, (text) => slips(text, kind, MISTAKES_EACH, next));
    const most = kind.includes("*") ? MOST_COMMENT_CASCADES_PERCENT : MOST_SLIP_CASCADES_PERCENT;
    expect(counts.get(0) ?? 0, said).toBe(0);
    expect(wrong, said).toBeGreaterThan(0);
    expect(wrong - (counts.get(1) ?? 0), said).toBeLessThanOrEqual((wrong * most) / 100);
  });
});
