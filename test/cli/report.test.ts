import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SERVER_BANKS, serverDescription } from "./large-server.ts";
import { carveout, folderWith, fvpSource, PROGRAM } from "./program.ts";

const EXAMPLES = join(PROGRAM, "..", "..", "..", "examples");
const FOLDER = folderWith({
  "safe.dts": fvpSource(),
  "blocks.dts": fvpSource("0x2000"),
  "broken.dts": "/dts-v1/;\n/ { memory@0 { reg = <0 ; };\n",
});
const report = (...args: string[]) => carveout(["report", ...args], { cwd: FOLDER });

/** The text of an element by its id, up to the end of the table or the paragraph that it begins. */
function tableAfter(page: string, id: string): string[][] {
  const from = page.indexOf(`id="${id}"`);
  expect(from, id).toBeGreaterThan(0);
  const table = page.slice(from, page.indexOf("</table>", from));
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd]\b[^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => textOf(cell!)),
  );
}

function textOf(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim();
}

describe("the page of one input", () => {
  const { code, out, err } = report("blocks.dts");

  test("is whole, and counts as check does", () => {
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(/^<!DOCTYPE html>\n<html lang="en">[\s\S]*<\/html>\n$/);
    expect(report("safe.dts").code).toBe(0);
  });

  test("loads nothing and sends nothing, and a browser is told so", () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(out)!;
    const hash = (element: string) => {
      const [, content] = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(out)!;
      return `&#39;sha256-${createHash("sha256").update(content!).digest("base64")}&#39;`;
    };
    expect(policy!.split("; ")).toEqual([
      "default-src &#39;none&#39;",
      `style-src ${hash("style")}`,
      `script-src ${hash("script")}`,
      "base-uri &#39;none&#39;",
      "form-action &#39;none&#39;",
    ]);
    expect(out).not.toMatch(/<(?:link|img|iframe|object|embed|base|form)\b|\ssrc=|url\(|@import|\sstyle=|\son\w+=/i);
    // The name of SVG's namespace is no place that anything is loaded from.
    expect(out.replaceAll('"http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:/);
  });

  test("says first what it comes to, and leads to the first error", () => {
    const [, target] = /First error: <a href="#([^"]+)">precision<\/a>/.exec(out)!;
    expect(out.indexOf("First error")).toBeLessThan(out.indexOf("<h3"));
    expect(out).toContain(`id="${target}"`);
    const ids = [...out.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, linked] of out.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(linked);
    for (const [, labelled] of out.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(labelled);
  });

  test("has headings in order and tables that name their columns and rows", () => {
    const levels = [...out.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    const tables = out.match(/<table\b[\s\S]*?<\/table>/g)!;
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      expect(table).toContain("<caption");
      for (const [head] of table.matchAll(/<th\b[^>]*>/g)) expect(head).toMatch(/scope="(?:col|row)"/);
      for (const row of table.match(/<tr\b[^>]*>.*?<\/tr>/gs)!) expect(row).toMatch(/scope="(?:col|row)"/);
    }
  });

  test("marks the source, and says how to mend it", () => {
    expect(out).toContain("<mark>block-size = &lt;0x2000&gt;</mark>;");
    expect(textOf(out)).toContain("blocks.dts:16:3, node /tag-storage@8f8000000");
    expect(out).toMatch(/Mend it:<\/strong> Use blocks of one page/);
  });

  // 64 pages at m0 have their tags in two tag pages, which are one block of two; rfc-v2 takes two blocks.
  test("draws the counterexample block by block", () => {
    const rows = tableAfter(out, "input-1-picture-precision");
    expect(rows.slice(0, 3)).toEqual([
      ["block", "9404416", "9404418"],
      ["hardware, pages", "64", "-"],
      ["rfc-v2, refs", "64", "64"],
    ]);
  });

  test("marks the counterexample in the map where its page and its block are", () => {
    const marks = [...out.matchAll(/class="mark bad" href="#(input-1-finding-\d)"[^>]* data-start="(\d+)"/g)];
    expect(marks.map(([, finding, address]) => [finding, Number(address)])).toEqual([
      ["input-1-finding-1", 0x80000000],
      ["input-1-finding-1", 0x8f8002000],
    ]);
  });

  test("has the region table with the cover letter's numbers", () => {
    expect(tableAfter(out, "input-1-region-table")[1]).toEqual([
      "0",
      "/tag-storage@8f8000000 /memory@80000000",
      "0x80000000-0xffffffff 2 GiB, PFN 524288-1048575",
      "0x8f8000000-0x8fbffffff 64 MiB, PFN 9404416-9420799",
      "8 KiB 2 pages",
    ]);
  });

  test("says of every kernel what check says of it alone", () => {
    const [, ...rows] = tableAfter(out, "input-1-kernel-table");
    expect(rows.map(([series]) => series)).toEqual(["rfc-v1", "rfc-v2", "rfc-v3", "exact"]);
    for (const [series, ...cells] of rows) {
      for (const [index, size] of ["4k", "16k", "64k"].entries()) {
        const args = ["check", "blocks.dts", "--kernel", series!, "--page-size", size, "--format", "json"];
        const { outcome, safe, proof } = JSON.parse(carveout(args, { cwd: FOLDER }).out);
        const broken = proof?.obligations.find(({ holds }: { holds: boolean }) => !holds)?.name;
        const words = outcome === "managed" ? (safe ? "safe" : broken) : outcome;
        expect(cells[index], `${series} ${size}`).toMatch(new RegExp(`^${words}\\b`));
      }
    }
  });

  test("shows the use of tag storage over time as a chart and as a table", () => {
    const json = JSON.parse(
      carveout(["check", "blocks.dts", "--workload", "phone", "--operations", "200000", "--format", "json"], {
        cwd: FOLDER,
      }).out,
    );
    const [, ...rows] = tableAfter(out, "input-1-over-time");
    let before = 0;
    const expected = json.workload.tagStorage.overTime.map(
      (each: { operations: number; data: { mean: number }; tags: { mean: number } }) => {
        const from = before + 1;
        before += each.operations;
        return [`${from}-${before}`, String(each.data.mean), String(each.tags.mean)];
      },
    );
    expect(rows).toEqual(expected);
    expect(rows.length).toBeGreaterThan(10);
    expect(out).toMatch(/<svg class="areas" role="img" aria-label="[^"]*200000 operations/);
  });

  test("is the same each time", () => {
    expect(report("blocks.dts").out).toBe(out);
  });
});

describe("what an input says is text", () => {
  const hostile = '</pre><script>alert(1)</script><img src=x onerror="alert(2)">';

  test("in its name and its source", () => {
    const name = "<img src=x onerror=alert(1)>&amp;.dts";
    const source = fvpSource("0x2000").replace("<0x2000>;", `<0x2000>; /* ${hostile} \x1b[31m \u202e */`);
    const cwd = folderWith({ [name]: source });
    const { code, out } = carveout(["report", name], { cwd });
    expect(code).toBe(1);
    expect(out).toContain("&lt;img src=x onerror=alert(1)&gt;&amp;amp;.dts");
    expect(out).toContain("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(out).not.toMatch(/<img|<script>alert/);
    for (const character of ["\x1b", "\u202e"]) expect(out).not.toContain(character);
    expect(out.match(/<script/g)).toHaveLength(1);
  });

  test("in the names of a blob's nodes", () => {
    const cwd = folderWith({});
    carveout(["convert", "-", "-O", "dtb", "-o", "tree.dtb"], { cwd, input: fvpSource("0x2000") });
    const text = readFileSync(join(cwd, "tree.dtb")).toString("latin1");
    const blob = text.replaceAll("tag-storage@8f8000000", "<img/src=x onerror=1>");
    writeFileSync(join(cwd, "tree.dtb"), Buffer.from(blob, "latin1"));
    const { out } = carveout(["report", "tree.dtb"], { cwd });
    expect(out).toContain("&lt;img/");
    expect(out).not.toContain("<img");
  });

  test("and what the page says of itself is ASCII", () => {
    expect(report("blocks.dts").out).toMatch(/^[\n\t\x20-\x7e]*$/);
  });
});

describe("inputs of every sort", () => {
  test("an input that cannot be parsed has its findings", () => {
    const { code, out } = report("broken.dts");
    expect(code).toBe(1);
    expect(out).toContain("cannot be read");
    expect(out).toContain("<mark");
    expect(out).not.toContain("<svg");
  });

  test("several have an overview that leads to each", () => {
    const { code, out, err } = report("safe.dts", "blocks.dts", "broken.dts");
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const rows = [...out.matchAll(/<th scope="row"><a href="#(input-\d)">([^<]*)<\/a>/g)];
    expect(rows.map(([, id, name]) => [id, name])).toEqual([
      ["input-1", "safe.dts"],
      ["input-2", "blocks.dts"],
      ["input-3", "broken.dts"],
    ]);
    for (const [, id] of rows) expect(out).toContain(`<section class="input" id="${id}"`);
  });

  test("a folder, a part of it, and a file that is missing beside it", () => {
    expect(report(".").out.match(/<section class="input"/g)).toHaveLength(3);
    expect(report(".", "--shard", "1/3").out.match(/<section class="input"/g)).toHaveLength(1);
    const { code, out, err } = report("safe.dts", "missing.dts");
    expect(code).toBe(2);
    expect(err).toMatch(/^carveout: .*missing\.dts/);
    expect(out).toContain('<section class="input" id="input-1"');
  });

  test("findings that do not count are told, and do not make the exit code 1", () => {
    const { code, out } = report("blocks.dts", "--disable", "precision", "--disable", "release");
    expect(code).toBe(0);
    expect(textOf(out)).toContain("2 findings that do not count");
  });

  test("the kernel can be named", () => {
    const { out } = report("safe.dts", "--kernel", "exact", "--page-size", "16k", "--workload", "sweep");
    expect(textOf(out)).toContain("exact (as asked)");
    expect(tableAfter(out, "input-1-kernel-table")[4]![2]).toBe("safe this report");
    expect(out).not.toContain('class="areas"');
    expect(report("safe.dts", "--kernel", "all").code).toBe(2);
  });

  test("a server with 1 TiB and 32 regions takes less than 1 MB", () => {
    const cwd = folderWith({ "server.yaml": serverDescription() });
    const { code, out } = carveout(["report", "server.yaml", "--kernel", "rfc-v2"], { cwd });
    expect(code).toBe(0);
    expect(out.length).toBeLessThan(1_000_000);
    expect(tableAfter(out, "input-1-region-table")).toHaveLength(1 + SERVER_BANKS);
  });

  test("of ten thousand nodes and findings it shows what a browser can take, and says so", () => {
    const nodes = Array.from({ length: 5000 }, (_, index) => {
      const address = (0x90000000 + index * 0x100000).toString(16).padStart(9, "0");
      const reg = `<0x${address.slice(0, -8)} 0x${address.slice(-8)} 0x0 0x${(index + 1).toString(16)}000>`;
      return `r@${address} { no-map; reg = ${reg}; compatible = "arm,mte-tag-storage"; };`;
    });
    const source = fvpSource().replace(
      "memory0:",
      `reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${nodes.join("\n")} };\nmemory0:`,
    );
    const cwd = folderWith({});
    expect(carveout(["report", "-", "-o", "page.html"], { input: source, cwd }).code).toBe(1);
    const out = readFileSync(join(cwd, "page.html"), "utf8");
    expect(out.match(/<article/g)).toHaveLength(500);
    expect(out.match(/class="thing tags/g)).toHaveLength(1000);
    expect(textOf(out)).toMatch(/\d+ errors?,.* more, left out here: carveout check lists them/);
    expect(out).toContain("more, the smallest, are left out");
    expect(out.length).toBeLessThan(3_000_000);
  });

  test.each(readdirSync(EXAMPLES).filter((name) => /\.(?:dts|yaml)$/.test(name)))("%s counts as check says", (name) => {
    const path = join(EXAMPLES, name);
    expect(carveout(["report", path, "--workload", "sweep"]).code).toBe(carveout(["check", path]).code);
  });
});

describe("the file of -o", () => {
  test("has the page", () => {
    const cwd = folderWith({ "safe.dts": fvpSource() });
    const run = carveout(["report", "safe.dts", "-o", "page.html"], { cwd });
    expect(run).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(join(cwd, "page.html"), "utf8")).toBe(carveout(["report", "safe.dts"], { cwd }).out);
  });

  test("is left as it was where there is nothing to write", () => {
    const cwd = folderWith({ "page.html": "old" });
    expect(carveout(["report", "missing.dts", "-o", "page.html"], { cwd }).code).toBe(2);
    expect(readFileSync(join(cwd, "page.html"), "utf8")).toBe("old");
    expect(carveout(["report", "missing.dts", "-o", "new.html"], { cwd }).code).toBe(2);
    expect(existsSync(join(cwd, "new.html"))).toBe(false);
    expect(carveout(["report", "-", "-o", "none/page.html"], { cwd, input: fvpSource() }).code).toBe(2);
    expect(readdirSync(cwd)).toEqual(["page.html"]);
  });
});
