/**
 * `churn`: fragmentation over time. Memory fills with small blocks, some of which cannot be moved; a random part of them
 * goes; then large tagged blocks are asked for in what is left, and stay for a round. Round after round, whole pageblocks
 * get rarer, and with them room to migrate to.
 */
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, sharePages, taggedParameter, type WorkloadModel } from "./model.ts";

const SMALL = 0;
const LARGE = 1;

export const churnModel: WorkloadModel = {
  name: "churn",
  summary: "memory broken up by small blocks, round after round, with large tagged blocks asked for in between",
  parameters: [
    fillParameter(95),
    taggedParameter(10, "small blocks"),
    { name: "fixed", description: "per cent of small blocks that cannot be moved", least: 0, most: 100, default: 3 },
    {
      name: "small-order",
      description: "largest order of small blocks; half of all are order 0",
      least: 0,
      most: "max-order",
      default: 5,
    },
    { name: "order", description: "order of the large tagged blocks", least: 0, most: "max-order", default: 4 },
    { name: "round", description: "operations in each part of a round", least: 1, most: 1_000_000_000, default: 4000 },
  ],
  start(exerciser, { fill, tagged, fixed, "small-order": smallest, order, round }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);
    let part: "fill" | "free" | "large" | "drop" = "fill";
    let left = round!;

    function allocateSmall(): boolean {
      const wanted = smallOrder(random, smallest!);
      const use = chance(random, fixed!) ? "unmovable" : chance(random, tagged!) ? "tagged" : "movable";
      return exerciser.allocate(wanted, use, SMALL) >= 0;
    }

    /** The blocks that the first fill starts with: of a pageblock each, split at once, so that it takes few operations. */
    let isBulk = true;
    let bulk = -1;
    function fillInBulk(): void {
      if (bulk >= 0) {
        exerciser.split(bulk, Math.min(smallest!, exerciser.orderOf(bulk)), SMALL);
        bulk = -1;
        return;
      }
      bulk = exerciser.allocate(shape.pageblockOrder, "movable", SMALL);
      isBulk = bulk >= 0;
    }

    function next(to: typeof part): void {
      part = to;
      left = round!;
    }

    return () => {
      if (isBulk && (bulk >= 0 || exerciser.pagesHeld() < target / 2)) {
        fillInBulk();
        return;
      }
      left--;
      if (part === "fill") {
        // what does not fit any more ends the fill too
        if (!allocateSmall() || exerciser.pagesHeld() >= target) next("free");
      } else if (part === "free") {
        if (exerciser.count(SMALL) > 0) exerciser.free(exerciser.pick(SMALL));
        else allocateSmall();
        if (left <= 0) next("large");
      } else if (part === "large") {
        exerciser.allocate(order!, "tagged", LARGE);
        if (left <= 0) next("drop");
      } else {
        if (exerciser.count(LARGE) > 0) exerciser.free(exerciser.pick(LARGE));
        else allocateSmall();
        if (exerciser.count(LARGE) === 0) next("fill");
      }
    };
  },
};
