/**
 * The loop of allocator.js, a process of its own as it holds gigabytes: single pages allocated and freed at random. It is
 * the loop of allocator.c, and comes to the same pages.
 *
 * allocator-loop.js GIB SLOTS WARM-UP OPERATIONS TAGGED: TAGGED of 256 allocations are tagged. Prints operations a second
 * of processor time, a checksum, and bytes a page.
 */
import { createMachineMemory } from "../dist/core/allocator/machine-memory.js";
import { USE } from "../dist/core/allocator/machine-operations.js";
import { seededRandom } from "../dist/core/allocator/random.js";

const PAGES_PER_GIB = 2 ** 18;

/** Memory of so many GiB from a boundary on, its tag storage right after it, all in one zone. */
function machineOf(gib) {
  const pages = gib * PAGES_PER_GIB;
  const start = 2 ** 32;
  const all = { start, end: start + pages + pages / 32 - 1 };
  const region = {
    node: "/tag-storage",
    memoryNode: "/memory",
    memory: { start, end: start + pages - 1 },
    tags: { start: start + pages, end: all.end },
    blockPages: 1,
    numaNode: null,
  };
  return createMachineMemory({
    pageSize: 4096,
    maxOrder: 10,
    pageblockOrder: 9,
    banks: [all],
    zones: [{ name: "Normal", ...all }],
    reserved: [],
    regions: [region],
    series: "rfc-v3",
  });
}

function work({ allocate, free }, random, table, count, taggedOf256, checksum) {
  const mask = table.length - 1;
  for (let i = 0; i < count; i++) {
    const number = random() | 0;
    const slot = number & mask;
    const page = table[slot];
    if (page < 0) {
      const taken = allocate(0, number >>> 24 < taggedOf256 ? USE.tagged : USE.movable, slot);
      table[slot] = taken;
      checksum = (Math.imul(checksum, 31) + taken) | 0;
    } else {
      free(page, 0);
      table[slot] = -1;
    }
  }
  return checksum;
}

function run(gib, slots, warmUp, operations, taggedOf256) {
  const machine = machineOf(gib);
  const table = new Int32Array(slots).fill(-1);
  const random = seededRandom(1);
  const warm = work(machine, random, table, warmUp, taggedOf256, 0);
  const start = process.cpuUsage();
  const checksum = work(machine, random, table, operations, taggedOf256, warm);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  return `${Math.round(operations / seconds)} ${checksum >>> 0} ${machine.bytesPerPage().toFixed(2)}`;
}

console.log(run(...process.argv.slice(2).map(Number)));
