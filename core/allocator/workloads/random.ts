/**
 * `random`: blocks of any order and use, allocated, freed, split and tagged after the fact as chance has it, around a level
 * of memory in use. It assumes nothing, and meets most states of the allocator in the end.
 */
import { randomBelow } from "../random.ts";
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, sharePages, taggedParameter, type WorkloadModel } from "./model.ts";

const MOVABLE = 0;
const TAGGED = 1;
const FIXED = 2;
const USES = ["unmovable", "reclaimable"] as const;

export const randomModel: WorkloadModel = {
  name: "random",
  summary: "blocks of any order and use, allocated, freed, split and tagged as chance has it",
  parameters: [
    fillParameter(75),
    taggedParameter(30, "movable allocations"),
    { name: "fixed", description: "per cent of allocations that cannot be moved", least: 0, most: 100, default: 10 },
    {
      name: "order",
      description: "largest order asked for; half of all are order 0",
      least: 0,
      most: "max-order",
      default: "huge-order",
    },
    { name: "split", description: "per cent of frees that split the block instead", least: 0, most: 90, default: 10 },
    { name: "protect", description: "per cent of operations that tag a page in use", least: 0, most: 90, default: 5 },
  ],
  start(exerciser, { fill, tagged, fixed, order, split, protect }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);

    function allocate(): void {
      const wanted = smallOrder(random, order!);
      const draw = randomBelow(random, 100);
      if (draw < fixed!) exerciser.allocate(wanted, USES[random() & 1]!, FIXED);
      else if (chance(random, tagged!)) exerciser.allocate(wanted, "tagged", TAGGED);
      else exerciser.allocate(wanted, "movable", MOVABLE);
    }

    function pickAny(): number {
      const counts = [MOVABLE, TAGGED, FIXED].map((group) => exerciser.count(group));
      let index = randomBelow(random, counts[0]! + counts[1]! + counts[2]!);
      let group = 0;
      while (index >= counts[group]!) index -= counts[group++]!;
      return exerciser.at(group, index);
    }

    function freeOrSplit(): void {
      const slot = pickAny();
      const blockOrder = exerciser.orderOf(slot);
      if (blockOrder === 0 || !chance(random, split!)) exerciser.free(slot);
      else exerciser.split(slot, randomBelow(random, blockOrder), exerciser.groupOf(slot));
    }

    return () => {
      const held = exerciser.count(MOVABLE) + exerciser.count(TAGGED) + exerciser.count(FIXED);
      if (exerciser.count(MOVABLE) > 0 && chance(random, protect!)) {
        const slot = exerciser.pick(MOVABLE);
        exerciser.protect(slot, randomBelow(random, 1 << exerciser.orderOf(slot)));
      } else if (held === 0 || chance(random, exerciser.pagesHeld() < target ? 60 : 40)) allocate();
      else freeOrSplit();
    };
  },
};
