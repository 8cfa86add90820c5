import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carveout, fvpSource } from "./program.ts";

/**
 * The FVP layout with blocks of two pages as a blob, its tag storage node named with what ends strings, comments and
 * lines in C: as many characters as the unit address has, so that nothing else moves.
 */
export function hostileNameBlob(): Buffer {
  const path = join(mkdtempSync(join(tmpdir(), "carveout-name-")), "tree.dtb");
  carveout(["convert", "-", "-O", "dtb", "-o", path], { input: fvpSource("0x2000") });
  const text = readFileSync(path).toString("latin1");
  return Buffer.from(text.replace("tag-storage@8f8000000", 'tag-storage"*/??/\\\n%"'), "latin1");
}
