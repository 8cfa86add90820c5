/** The picture of `regions --format svg` by itself in a real browser: Debian's chromium. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serverDescription } from "../cli/large-server.ts";
import { carveout, folderWith, PROGRAM } from "../cli/program.ts";
import { inPage, launchBrowser } from "./browser.ts";

const EXAMPLES = join(PROGRAM, "..", "..", "..", "examples");
const FOLDER = folderWith({ "server.yaml": serverDescription() });

/** By name, the arguments of `regions`. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  "tags in the other bank": [join(EXAMPLES, "broken-overlap.dts")],
  qemu: [join(EXAMPLES, "qemu-virt.dts")],
  phone: [join(EXAMPLES, "machine.yaml")],
  "server with 32 regions": ["server.yaml", "--kernel", "rfc-v2"],
  "input that cannot be read": [join(EXAMPLES, "broken-syntax.dts")],
};

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

async function open(name: string, width: number, colorScheme: "light" | "dark") {
  const path = join(FOLDER, `${name}.svg`);
  const { code, err } = carveout(["regions", ...MACHINES[name]!, "--format", "svg", "-o", path], { cwd: FOLDER });
  expect([0, 1], err).toContain(code);
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  await page.goto(pathToFileURL(path).href);
  return page;
}

describe.each(Object.keys(MACHINES))("%s", (name) => {
  test.each([800, 1600])("no text lies over another and none leaves the window, %i pixels wide", async (width) => {
    const page = await open(name, width, "light");
    expect(await page.locator("text").count()).toBeGreaterThan(1);
    expect(await inPage(page, "wrongPictureTexts()")).toEqual([]);
    await page.context().close();
  });
});

test.each([
  ["light", "rgb(255, 255, 255)"],
  ["dark", "rgb(18, 22, 27)"],
] as const)("%s: the paper, and what a wide window has beside it", async (colorScheme, colour) => {
  const page = await open("qemu", 1600, colorScheme);
  expect(await page.evaluate("getComputedStyle(document.querySelector('.paper')).fill")).toBe(colour);
  expect(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")).toBe(colour);
  await page.context().close();
});
