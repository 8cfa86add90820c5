// How much memory each memory node of a blob has: node examples/programs/memory-sizes.mjs board.dtb
import { readFileSync } from "node:fs";
import { readBlob } from "carveout/dts";

const { tree, diagnostics } = readBlob(readFileSync(process.argv[2]));
for (const { message } of diagnostics) console.error(message);
if (tree === null) process.exit(1);

const cellsOf = (name) => tree.root.property(name)?.cell(0) ?? 1;
const [addressCells, sizeCells] = [cellsOf("#address-cells"), cellsOf("#size-cells")];
for (const node of tree.root.children) {
  if (node.property("device_type")?.strings()[0] !== "memory") continue;
  const reg = node.property("reg");
  for (let cell = 0; cell < reg.cellCount; cell += addressCells + sizeCells) {
    console.log(`${node.path}: ${reg.cells(cell + addressCells, sizeCells) >> 20n} MiB`);
  }
}
