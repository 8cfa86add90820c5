import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What every Debian has. */
const ESSENTIAL = ["apt", "dpkg"];

test(".ci/run installs every Debian package that a comparison asks for", () => {
  const installed = /^PACKAGES=\((.*)\)$/m.exec(readFileSync(join(root, ".ci/run"), "utf8"))![1]!.split(" ");
  const peers = readdirSync(join(root, "test/peers")).filter((name) => name.endsWith(".ts"));
  const asked = peers.flatMap((name) =>
    [
      ...readFileSync(join(root, "test/peers", name), "utf8").matchAll(
        /(?:requireProgram\("[^"]+", "|apt-get install )([a-z0-9][a-z0-9.-]*)/g,
      ),
    ].map(([, debianPackage]) => debianPackage!),
  );
  expect(asked).toContain("z3");
  expect(asked.filter((name) => !installed.includes(name) && !ESSENTIAL.includes(name))).toEqual([]);
});
