/**
 * `pinned`: data that somebody holds in place for a while (direct I/O, a driver), in tag storage too. Blocks of data are
 * pinned and let go, while tagged memory comes and goes and needs its tag storage now: what is pinned there cannot be
 * migrated, and each series fails in its own way. Under those that go on without, tags are touched again later.
 */
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, sharePages, taggedParameter, type WorkloadModel } from "./model.ts";

const DATA = 0;
const PINNED = 1;
const TAGGED = 2;

export const pinnedModel: WorkloadModel = {
  name: "pinned",
  summary: "data held in place for a while, in tag storage too, while tagged memory comes and goes",
  parameters: [
    fillParameter(95),
    taggedParameter(40, "allocations"),
    { name: "pins", description: "blocks of data in a thousand that are pinned", least: 0, most: 1000, default: 50 },
    {
      name: "order",
      description: "largest order of allocations; half of all are order 0",
      least: 0,
      most: "max-order",
      default: 4,
    },
    {
      name: "retry",
      description: "per cent of operations that touch tags for which there was no storage",
      least: 0,
      most: 100,
      default: 5,
    },
  ],
  start(exerciser, { fill, tagged, pins, order, retry }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);
    let isFull = false;

    function allocate(): void {
      const isLarge = exerciser.pagesHeld() < target / 2;
      const wanted = isLarge ? shape.pageblockOrder : smallOrder(random, order!);
      const isTagged = !isLarge && chance(random, tagged!);
      isFull = exerciser.allocate(wanted, isTagged ? "tagged" : "movable", isTagged ? TAGGED : DATA) < 0;
    }

    /** Pins a block or lets one go, so that their number stays at its share. */
    function pinOrLetGo(): void {
      const wanted = Math.floor(((exerciser.count(DATA) + exerciser.count(PINNED)) * pins!) / 1000);
      const isPinned = exerciser.count(PINNED) < wanted || exerciser.count(PINNED) === 0;
      const slot = exerciser.pick(isPinned ? DATA : PINNED);
      exerciser.setPinned(slot, isPinned);
      exerciser.regroup(slot, isPinned ? PINNED : DATA);
    }

    function freeOne(): void {
      isFull = false;
      if (exerciser.count(DATA) === 0 || (exerciser.count(TAGGED) > 0 && chance(random, tagged!))) {
        exerciser.free(exerciser.pick(TAGGED));
        return;
      }
      const slot = exerciser.pick(DATA);
      if (exerciser.orderOf(slot) > order!) exerciser.split(slot, order!, DATA);
      else exerciser.free(slot);
    }

    function retryTags(): boolean {
      const slot = exerciser.pick(TAGGED);
      if (!exerciser.lacksTagStorage(slot)) return false;
      exerciser.retry(slot);
      return true;
    }

    return () => {
      if (pins! > 0 && exerciser.count(DATA) > 0 && chance(random, 20)) pinOrLetGo();
      else if (exerciser.count(TAGGED) > 0 && chance(random, retry!) && retryTags()) return;
      else if (!isFull && exerciser.pagesHeld() < target) allocate();
      else if (exerciser.count(DATA) + exerciser.count(TAGGED) > 0) freeOne();
      else allocate();
    };
  },
};
