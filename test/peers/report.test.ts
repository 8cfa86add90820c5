/** The page of `report` in a real browser: Debian's chromium, driven by playwright-core; axe-core for accessibility. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serverDescription } from "../cli/large-server.ts";
import { carveout, folderWith, fvpSource, PROGRAM } from "../cli/program.ts";
import { inPage, launchBrowser } from "./browser.ts";

const EXAMPLES = join(PROGRAM, "..", "..", "..", "examples");

const FOLDER = folderWith({
  "server.yaml": serverDescription(),
  "blocks.dts": fvpSource("0x2000"),
  "hostile.dts": fvpSource("0x2000").replace(
    "<0x2000>;",
    "<0x2000>; /* </pre><script>document.title = 'broken into'</script><img src=http://127.0.0.1:9/x> */",
  ),
});

/** By name, the arguments of `report`. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  fvp: [join(EXAMPLES, "fvp-rfc-v3.dts")],
  qemu: [join(EXAMPLES, "qemu-virt.dts")],
  phone: [join(EXAMPLES, "machine.yaml")],
  server: ["server.yaml", "--kernel", "rfc-v2"],
  "server that is turned off": ["server.yaml", "--kernel", "rfc-v3"],
  "counterexample at its start": ["blocks.dts"],
  "overlapping tag ranges": [join(EXAMPLES, "broken-overlap.dts")],
  "all examples": [EXAMPLES, "--workload", "sweep"],
};
const NAMES = Object.keys(MACHINES);

let browser: Browser;
const pages = new Map<string, string>();

beforeAll(async () => {
  for (const [name, args] of Object.entries({ ...MACHINES, hostile: ["hostile.dts"] })) {
    const path = join(FOLDER, `${name}.html`);
    const { code, err } = carveout(["report", ...args, "-o", path], { cwd: FOLDER });
    expect([0, 1], err).toContain(code);
    pages.set(name, pathToFileURL(path).href);
  }
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

/** Of each open page, what went wrong in it. */
const troubles = new Map<Page, string[]>();

afterEach(async () => {
  const told = [...troubles.values()].flat();
  for (const page of troubles.keys()) await page.context().close();
  troubles.clear();
  expect(told).toEqual([]);
});

interface View {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly javaScriptEnabled?: boolean;
}

/** Opens a page; the test fails where it asks for anything but itself, or where its script fails. */
async function open(name: string, { width = 1600, colorScheme = "light", ...more }: View = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, ...more });
  const page = await context.newPage();
  const trouble: string[] = [];
  troubles.set(page, trouble);
  const url = pages.get(name)!;
  page.on("request", (request) => request.url() !== url && trouble.push(`request ${request.url()}`));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  await page.goto(url);
  if (more.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready=yes]");
  return page;
}

const wrongTexts = (page: Page) => inPage<string[]>(page, "wrongTexts()");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Serious and critical ones. */
async function axeViolations(page: Page): Promise<string[]> {
  const violations = await page.evaluate<Violation[]>(`${axe.source}; axe.run().then(({ violations }) => violations)`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

describe.each(NAMES)("%s", (name) => {
  test.each([800, 1600])("no text lies over another and none is cut, %i pixels wide", async (width) => {
    const page = await open(name, { width });
    expect(await wrongTexts(page)).toEqual([]);
    for (const button of await page.getByRole("button", { name: "To scale" }).all()) await button.click();
    expect(await wrongTexts(page)).toEqual([]);
    for (const button of await page.getByRole("button", { name: "Zoom in" }).all()) {
      for (let times = 0; times < 5; times++) await button.click();
    }
    expect(await wrongTexts(page)).toEqual([]);
    await inPage(page, "unfold()");
    expect(await wrongTexts(page)).toEqual([]);
  });

  test("nor where scripts are off, and all that is text is there", async () => {
    const page = await open(name, { width: 800, javaScriptEnabled: false });
    expect(await page.locator("button").count()).toBe(0);
    expect(await page.locator("main").textContent()).toContain("Findings");
  });

  test.each(["light", "dark"] as const)("axe finds nothing serious, %s", async (colorScheme) => {
    const page = await open(name, { colorScheme });
    await inPage(page, "unfold()");
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe("the map", () => {
  const chosen = (page: Page) => page.locator(".is-chosen").getAttribute("data-text");
  const told = (page: Page) => page.locator(".map-told").textContent();
  const barWidth = (page: Page, text: string) => inPage<number>(page, `barWidth(${JSON.stringify(text)})`);

  test("tells what lies under the pointer", async () => {
    const page = await open("fvp");
    expect(await told(page)).toContain("compressed scale");
    await page.locator(".thing.tags").first().hover();
    expect(await told(page)).toBe("#0 tags, /reserved-memory/tag-storage@8f8000000: 0x8f8000000-0x8fbffffff, 64 MiB");
    await page.mouse.move(5, 5);
    expect(await told(page)).toContain("compressed scale");
  });

  // 64 MiB of the 34 GiB from 0x80000000 to 0x8ffbfffff, over the width of the map.
  test("draws to scale", async () => {
    const page = await open("fvp");
    await page.getByRole("button", { name: "To scale" }).click();
    const width = await inPage<number>(page, "mapWidth()");
    const share = 0x4000000 / (0x8ffc00000 - 0x80000000);
    expect(await barWidth(page, "#0 tags")).toBeCloseTo(Math.max(share * width, 2), 0);
    const tagged = 0x80000000 / (0x8ffc00000 - 0x80000000);
    expect(await barWidth(page, "#0 tagged")).toBeCloseTo(tagged * width, 0);
  });

  test("is used by the keyboard alone", async () => {
    const page = await open("counterexample at its start");
    for (let times = 0; times < 20; times++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate<boolean>("document.activeElement.matches('.map-view')")) break;
    }
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe("application");
    await page.keyboard.press("ArrowRight");
    expect(await chosen(page)).toMatch(/^precision, order 6, at PFN 524288/);
    await page.keyboard.press("ArrowDown");
    expect(await chosen(page)).toMatch(/^memory: 0x80000000-0xffffffff/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await chosen(page)).toMatch(/^#0 tags/);
    expect(await told(page)).toBe(await chosen(page));
    const before = await barWidth(page, "#0 tags");
    await page.keyboard.press("+");
    expect(await barWidth(page, "#0 tags")).toBeGreaterThan(1.2 * before);
    await page.keyboard.press("-");
    expect(await barWidth(page, "#0 tags")).toBeCloseTo(before, 0);
    await page.keyboard.press("+");
    await page.keyboard.press("Escape");
    expect(await page.locator(".is-chosen").count()).toBe(0);
    await page.keyboard.press("Escape");
    expect(await barWidth(page, "#0 tags")).toBeCloseTo(before, 0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toMatch(/#input-1-finding-1$/);
  });

  test("zooms far enough to see a single page of a server with 1 TiB, and moves", async () => {
    const page = await open("server");
    await page.getByRole("button", { name: "To scale" }).click();
    await page.locator(".map-view").focus();
    await page.keyboard.press("ArrowRight");
    for (let times = 0; times < 45; times++) await page.keyboard.press("+");
    const ticks = await page.locator(".tick text").allTextContents();
    const addresses = ticks.map(Number);
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.at(-1)! - addresses[0]!).toBeLessThan(2 ** 22);
    expect(await wrongTexts(page)).toEqual([]);
    const box = (await page.locator(".map-view").boundingBox())!;
    await page.mouse.move(box.x + 600, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 40, { steps: 5 });
    await page.mouse.up();
    expect(Number(await page.locator(".tick text").first().textContent())).toBeGreaterThan(addresses[0]!);
  });

  test("leads from a mark to its finding", async () => {
    const page = await open("counterexample at its start", { width: 800 });
    await page.locator(".mark path").first().click();
    await expect.poll(() => page.url()).toMatch(/#input-1-finding-1$/);
  });
});

test("the theme follows the system, until it is chosen; then the choice is kept", async () => {
  const page = await open("fvp", { colorScheme: "dark" });
  const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const [light, dark] = ["rgb(255, 255, 255)", "rgb(18, 22, 27)"];
  expect(await paper()).toBe(dark);
  await page.getByRole("button", { name: "Theme: system" }).click();
  expect(await paper()).toBe(light);
  await page.reload();
  expect(await paper()).toBe(light);
  await page.getByRole("button", { name: "Theme: light" }).click();
  await page.emulateMedia({ colorScheme: "light" });
  expect(await paper()).toBe(dark);
});

test("in print there are no controls, nothing is dark, and nothing is folded or cut", async () => {
  const page = await open("counterexample at its start", { width: 794, colorScheme: "dark" });
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
  expect(await page.locator("button:visible").count()).toBe(0);
  expect(await page.locator("details:not([open])").count()).toBe(0);
  expect(await wrongTexts(page)).toEqual([]);
});

test("a map is laid out for paper, however wide the window is", async () => {
  const page = await open("server");
  await page.emulateMedia({ media: "print" });
  // The window's print is as wide as the window, which is told of once more: a sheet of paper is not.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  await inPage(page, "narrow(650)");
  expect(await page.locator(".tick").count()).toBeGreaterThan(3);
  expect(await wrongTexts(page)).toEqual([]);
});

test("what a source says is text in a browser too", async () => {
  const page = await open("hostile");
  expect(await page.title()).not.toBe("broken into");
  expect(await page.locator("script").count()).toBe(1);
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.locator("pre").first().textContent()).toContain("<img src=http://127.0.0.1:9/x>");
});

test("were markup to get through, the page's policy would stop its script", async () => {
  const page = await (await browser.newContext()).newPage();
  const path = join(FOLDER, "injected.html");
  const html = readFileSync(join(FOLDER, "fvp.html"), "utf8");
  writeFileSync(path, html.replace("<main", "<script>document.title = 'broken into'</script><main"));
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector("html[data-ready=yes]");
  expect(await page.title()).not.toBe("broken into");
});
