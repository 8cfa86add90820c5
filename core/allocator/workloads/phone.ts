/**
 * `phone`: applications on a phone. One at a time is in front and grows to its size: its native heap is tagged memory, the
 * rest file cache, ordinary heap, a few huge pages, and memory of drivers that cannot be moved. When memory runs short, the
 * application that was longest in the background is killed, page by page, as Android's low memory killer does. A few per
 * cent of memory are tagged, which is the use that the series' cover letters have in mind for dynamic tag storage.
 */
import { randomBelow } from "../random.ts";
import { chance, smallOrder } from "./chance.ts";
import { fillParameter, GROUPS, sharePages, taggedParameter, type WorkloadModel } from "./model.ts";

/** Per cent of the memory in use that file cache has at the start, in blocks of this order. */
const CACHE_AT_START = 70;
const CACHE_ORDER = 3;

export const phoneModel: WorkloadModel = {
  name: "phone",
  summary: "applications that come to the front, grow and are killed; a few per cent of memory are tagged",
  parameters: [
    fillParameter(92),
    { ...taggedParameter(10, ""), description: "per cent of allocations that are tagged; these have orders 0 to 2" },
    { name: "apps", description: "applications", least: 2, most: GROUPS, default: 30 },
    { name: "fixed", description: "per cent of allocations that cannot be moved", least: 0, most: 100, default: 3 },
    { name: "huge", description: "huge pages in a thousand allocations", least: 0, most: 1000, default: 2 },
    {
      name: "cache-order",
      description: "largest order of file cache; half of all are order 0",
      least: 0,
      most: "max-order",
      default: 6,
    },
    {
      name: "switch",
      description: "operations between changes of the application in front, about",
      least: 1,
      most: 1_000_000_000,
      default: 3000,
    },
  ],
  start(exerciser, { fill, tagged, apps, fixed, huge, "cache-order": cacheOrder, switch: between }, shape) {
    const { random } = exerciser;
    const target = sharePages(shape, fill!);
    const cacheFill = Math.floor((target * CACHE_AT_START) / 100);
    /** File cache in one piece, to be split next; -1 where there is none. */
    let piece = -1;
    let isStarting = true;
    /** Longest in the background first; the last is in front. */
    const recent = Array.from({ length: apps! }, (_, app) => app);
    let dying = -1;

    function front(): number {
      return recent.at(-1)!;
    }

    function bringToFront(): void {
      const [app] = recent.splice(randomBelow(random, recent.length), 1);
      recent.push(app!);
    }

    function grow(): void {
      const app = front();
      let slot: number;
      if (randomBelow(random, 1000) < huge!) slot = exerciser.allocate(shape.pageblockOrder, "movable", app);
      else if (chance(random, tagged!)) slot = exerciser.allocate(smallOrder(random, 2), "tagged", app);
      else if (chance(random, fixed!)) slot = exerciser.allocate(smallOrder(random, 3), "unmovable", app);
      else slot = exerciser.allocate(smallOrder(random, cacheOrder!), "movable", app);
      if (slot < 0) startKill();
    }

    /** The application that was longest in the background and holds anything. */
    function startKill(): void {
      dying = recent.find((app) => app !== front() && exerciser.count(app) > 0) ?? front();
    }

    /** A phone that has been in use: file cache of all applications fills memory, in few operations. */
    function start(): void {
      if (piece >= 0) {
        exerciser.split(piece, Math.min(cacheOrder!, CACHE_ORDER, exerciser.orderOf(piece)), exerciser.groupOf(piece));
        piece = -1;
      } else {
        piece = exerciser.allocate(shape.pageblockOrder, "movable", randomBelow(random, apps!));
        if (piece < 0) isStarting = false;
      }
      if (piece < 0 && exerciser.pagesHeld() >= cacheFill) isStarting = false;
    }

    return () => {
      if (isStarting) {
        start();
        return;
      }
      if (dying >= 0 && exerciser.count(dying) > 0) {
        exerciser.free(exerciser.at(dying, exerciser.count(dying) - 1));
        return;
      }
      dying = -1;
      if (randomBelow(random, between!) === 0) bringToFront();
      if (exerciser.count(front()) > 0 && chance(random, 25)) exerciser.free(exerciser.pick(front()));
      else grow();
      if (exerciser.pagesHeld() > target) startKill();
    };
  },
};
