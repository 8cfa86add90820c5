/**
 * `pressure`: tag storage full of data when it is needed. All memory is filled with data, tag storage included; then a
 * little of it is freed at a time and tagged memory asked for in its place, which first has to migrate data out of tag
 * storage, with next to nothing to migrate it to. The tagged memory goes again, and data comes back.
 */
import { chance, smallOrder } from "./chance.ts";
import { taggedParameter, type WorkloadModel } from "./model.ts";

const DATA = 0;
const TAGGED = 1;

export const pressureModel: WorkloadModel = {
  name: "pressure",
  summary: "all memory full of data, tag storage too, when tagged memory is asked for",
  parameters: [
    taggedParameter(70, "allocations once memory is full"),
    {
      name: "order",
      description: "largest order of allocations once memory is full; half of all are order 0",
      least: 0,
      most: "max-order",
      default: 4,
    },
    {
      name: "batch",
      description: "blocks of data freed before as many allocations",
      least: 1,
      most: 1_000_000,
      default: 200,
    },
  ],
  start(exerciser, { tagged, order, batch }, shape) {
    const { random } = exerciser;
    /** Orders go down as memory fills; below 0 it is full. */
    let fillOrder = shape.pageblockOrder;
    let part: "free" | "ask" | "drop" = "free";
    let left = batch!;

    function freeData(): void {
      const slot = exerciser.pick(DATA);
      // a huge block goes in parts, or each would leave room for all that is asked for
      if (exerciser.orderOf(slot) > order!) exerciser.split(slot, order!, DATA);
      else exerciser.free(slot);
    }

    return () => {
      if (fillOrder >= 0) {
        if (exerciser.allocate(fillOrder, "movable", DATA) < 0) fillOrder--;
        return;
      }
      if (part === "free") {
        if (exerciser.count(DATA) > 0) freeData();
        else exerciser.allocate(0, "movable", DATA);
        if (--left <= 0) [part, left] = ["ask", batch!];
      } else if (part === "ask") {
        const isTagged = chance(random, tagged!);
        exerciser.allocate(smallOrder(random, order!), isTagged ? "tagged" : "movable", isTagged ? TAGGED : DATA);
        if (--left <= 0) [part, left] = ["drop", batch!];
      } else {
        if (exerciser.count(TAGGED) > 0) exerciser.free(exerciser.pick(TAGGED));
        else exerciser.allocate(0, "movable", DATA);
        if (--left <= 0) {
          [part, left] = ["free", batch!];
          fillOrder = order!;
        }
      }
    };
  },
};
