/**
 * `thp`: huge pages of tagged memory, beside a level of ordinary data. Memory fills with them; from then on one goes for
 * each that comes, freed whole, or split (`split_huge_page`: swapped out, partly unmapped) and freed a page at a time in no
 * order. That is where references that were counted for a huge page have to come out even.
 */
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, sharePages, taggedParameter, type WorkloadModel } from "./model.ts";

const HUGE = 0;
const DATA = 1;
const PIECES = 2;

export const thpModel: WorkloadModel = {
  name: "thp",
  summary: "huge tagged pages, freed whole or split and freed piecemeal",
  parameters: [
    fillParameter(85),
    taggedParameter(100, "huge pages"),
    { name: "order", description: "order of a huge page", least: 1, most: "max-order", default: "huge-order" },
    {
      name: "split",
      description: "per cent of huge pages that are split and freed piecemeal",
      least: 0,
      most: 100,
      default: 50,
    },
    { name: "data", description: "per cent of memory in use that is ordinary data", least: 0, most: 90, default: 20 },
  ],
  start(exerciser, { fill, tagged, order, split, data }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);
    const dataTarget = Math.floor((target * data!) / 100);
    /** Pages of the group `DATA`. */
    let dataPages = 0;
    /** Memory was too full, or too broken up, for another huge page: one goes first. */
    let isFull = false;

    function freeHuge(): void {
      const slot = exerciser.pick(HUGE);
      if (chance(random, split!)) exerciser.split(slot, 0, PIECES);
      else exerciser.free(slot);
    }

    function allocateData(): void {
      // the larger part first, so that filling a machine takes few operations
      const wanted = dataPages < dataTarget / 2 ? shape.pageblockOrder : smallOrder(random, 5);
      if (exerciser.allocate(wanted, "movable", DATA) >= 0) dataPages += 1 << wanted;
      else isFull = true;
    }

    function freeData(): void {
      const slot = exerciser.pick(DATA);
      dataPages -= 1 << exerciser.orderOf(slot);
      exerciser.free(slot);
    }

    /** Data keeps its share as memory fills. */
    function lacksData(): boolean {
      return dataPages < dataTarget && dataPages * 100 <= exerciser.pagesHeld() * data!;
    }

    return () => {
      if (exerciser.count(PIECES) > 0) exerciser.free(exerciser.pick(PIECES));
      else if (exerciser.count(DATA) > 0 && chance(random, 5)) freeData();
      else if (!isFull && lacksData()) allocateData();
      else if ((isFull || exerciser.pagesHeld() >= target) && exerciser.count(HUGE) > 0) {
        isFull = false;
        freeHuge();
      } else {
        const use = chance(random, tagged!) ? "tagged" : "movable";
        isFull = exerciser.allocate(order!, use, HUGE) < 0;
      }
    };
  },
};
