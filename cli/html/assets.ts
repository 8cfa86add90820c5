/** What scripts/bundle.js makes of page.css and browser/main.ts, and puts into the program. */
import { createHash } from "node:crypto";

declare const PAGE_STYLE: string;
declare const PAGE_SCRIPT: string;

export const style: string = PAGE_STYLE;
export const script: string = PAGE_SCRIPT;

/** What a Content-Security-Policy calls an inline element of this content. */
export function contentHash(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
