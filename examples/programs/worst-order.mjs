// Which orders of allocation a layout breaks under each kernel: node examples/programs/worst-order.mjs board.dts
import { readFileSync } from "node:fs";
import { checkTree, kernelConfig, parseSource, SERIES } from "carveout";

const path = process.argv[2] ?? "examples/blocks-8k.dts";
// Includes come from where the program says, and from nowhere else.
const files = {
  read(name) {
    try {
      return { kind: "text", text: readFileSync(name, "latin1") };
    } catch {
      return { kind: "missing" };
    }
  },
};
const { tree, diagnostics } = parseSource(path, readFileSync(path, "latin1"), { files, includeDirs: [] });
for (const { message } of diagnostics) console.error(message);
if (tree === null) process.exit(1);

for (const series of SERIES) {
  const { boot, proof } = checkTree(tree, kernelConfig({ series }));
  const broken = (proof?.orders ?? []).filter(
    ({ unprotected, overReserved, leaks, earlyReleases }) =>
      unprotected.allocations + overReserved.allocations + leaks.allocations + earlyReleases.allocations > 0,
  );
  const orders = [...new Set(broken.map(({ order }) => order))];
  console.log(`${series}: ${boot.outcome}${orders.length === 0 ? "" : `, orders ${orders.join(" ")}`}`);
}
