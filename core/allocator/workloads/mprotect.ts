/**
 * `mprotect`: memory that is tagged after the fact. Data is allocated as ordinary memory, tag storage included; then single
 * pages of it are given `PROT_MTE`. Each is reserved for alone, and data that lies in tag storage has to move first.
 */
import { randomBelow } from "../random.ts";
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, sharePages, type WorkloadModel } from "./model.ts";

const DATA = 0;
const PROTECTED = 1;

export const mprotectModel: WorkloadModel = {
  name: "mprotect",
  summary: "data that becomes tagged page by page after it was allocated",
  parameters: [
    fillParameter(90),
    { name: "protect", description: "per cent of operations that tag a page in use", least: 0, most: 100, default: 30 },
    {
      name: "order",
      description: "largest order of data blocks; half of all are order 0",
      least: 0,
      most: "max-order",
      default: "huge-order",
    },
    {
      name: "retry",
      description: "per cent of operations that touch tags for which there was no storage",
      least: 0,
      most: 100,
      default: 5,
    },
  ],
  start(exerciser, { fill, protect, order, retry }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);
    let isFull = false;

    function allocate(): void {
      // the first half in large blocks, so that filling a machine takes few operations
      const wanted = exerciser.pagesHeld() < target / 2 ? order! : smallOrder(random, order!);
      isFull = exerciser.allocate(wanted, "movable", DATA) < 0;
    }

    function protectPage(): void {
      const slot = exerciser.pick(chance(random, 20) && exerciser.count(PROTECTED) > 0 ? PROTECTED : DATA);
      exerciser.regroup(slot, PROTECTED);
      exerciser.protect(slot, randomBelow(random, 1 << exerciser.orderOf(slot)));
    }

    function freeAny(): void {
      const group =
        randomBelow(random, exerciser.count(DATA) + exerciser.count(PROTECTED)) < exerciser.count(DATA)
          ? DATA
          : PROTECTED;
      exerciser.free(exerciser.pick(group));
      isFull = false;
    }

    /** False where the block that was looked at has its tag storage. */
    function retryTags(): boolean {
      const slot = exerciser.pick(PROTECTED);
      if (!exerciser.lacksTagStorage(slot)) return false;
      exerciser.retry(slot);
      return true;
    }

    return () => {
      if (exerciser.count(PROTECTED) > 0 && chance(random, retry!) && retryTags()) return;
      if (exerciser.count(DATA) > 0 && chance(random, protect!)) protectPage();
      else if (!isFull && exerciser.pagesHeld() < target) allocate();
      else if (exerciser.count(DATA) + exerciser.count(PROTECTED) > 0) freeAny();
      else allocate();
    };
  },
};
