/** Debian's chromium, driven by playwright-core, and what page/checks.ts finds in its pages. */
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { requireProgram } from "./tools.ts";

const CHECKS = buildSync({
  entryPoints: [fileURLToPath(new URL("page/checks.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "iife",
  globalName: "checks",
}).outputFiles[0]!.text;

export function launchBrowser(): Promise<Browser> {
  requireProgram("chromium", "chromium");
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** What page/checks.ts finds, by the name of its function. */
export function inPage<Result>(page: Page, call: string): Promise<Result> {
  return page.evaluate(`${CHECKS}; checks.${call}`);
}
