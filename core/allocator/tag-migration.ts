/** Moving data out of tag storage: `alloc_migration_target` and `migrate_pages`, as `alloc_contig_range` uses them. */
import { type Buddy, freeUsedBlock } from "./buddy.ts";
import type { Mover } from "./buddy-range.ts";
import type { BlockFinder } from "./buddy-zonelist.ts";
import { FAULT_NO_TARGET, FAULT_PINNED, FAULT_SIGNAL, POINT_MOVE, POINT_TAKE } from "./fault-plan.ts";
import { MOVABLE } from "./migrate-type.ts";
import { BUSY, NO_TARGET, SIGNALLED, TAKEN } from "./outcome.ts";
import { IS_MOVABLE, IS_PINNED, IS_TAGGED, TAGGED_BY_PAGE, USED } from "./page-state.ts";
import { nextFault, type TagStorage } from "./tag-storage.ts";

/** Gives back the tag storage of an allocated block. */
type ReleaseTags = (page: number, order: number) => void;

/** Moves blocks of data to wherever movable, untagged data may lie: tag storage that is not isolated too. */
export function createMover(tags: TagStorage, finder: BlockFinder, release: ReleaseTags): Mover {
  const { buddy, stats, listener } = tags;
  const { marks } = buddy;
  return {
    isSignalled: () => nextFault(tags, POINT_TAKE) === FAULT_SIGNAL,
    move(page, order) {
      const fault = nextFault(tags, POINT_MOVE);
      if (fault === FAULT_SIGNAL) return SIGNALLED;
      if (fault === FAULT_PINNED || (marks[2 * page + 1]! & IS_PINNED) !== 0) {
        stats.failedMigrations++;
        return BUSY;
      }
      const target = fault === FAULT_NO_TARGET ? -1 : finder.find(order, MOVABLE, true, 0);
      if (target >= 0) {
        release(page, order);
        moveBlock(tags, page, target, order);
        stats.migrations++;
        stats.migratedPages += 1 << order;
        return TAKEN;
      }
      if (order > 0 && fault !== FAULT_NO_TARGET && listener?.split !== undefined) {
        stats.splitMigrations++;
        splitBlock(buddy, page, order, 0);
        listener.split(buddy.links[2 * page]!, page, order);
        return TAKEN;
      }
      stats.failedMigrations++;
      return NO_TARGET;
    },
  };
}

/**
 * The data of a block that has no tag storage, or no more, goes to one of the same order, and its owner is told. Where the
 * data was tagged, its tags are kept elsewhere and the page needs tag storage anew: it is tagged, without.
 */
export function moveBlock(tags: TagStorage, page: number, target: number, order: number): void {
  const { buddy, listener } = tags;
  const { marks, links } = buddy;
  marks[2 * target + 1] = marks[2 * target + 1]! | (marks[2 * page + 1]! & (IS_MOVABLE | IS_TAGGED | IS_PINNED));
  marks[2 * page + 1] = 0;
  const owner = links[2 * page]!;
  links[2 * target] = owner;
  freeUsedBlock(buddy, page, order, false);
  listener?.moved?.(owner, page, target, order);
}

/** An allocated block becomes blocks of a smaller order, of the same owner (`split_page`, `split_huge_page`). */
export function splitBlock(buddy: Buddy, page: number, order: number, newOrder: number): void {
  const { marks, links } = buddy;
  const found = marks[2 * page + 1]!;
  const owner = links[2 * page]!;
  for (let part = page; part < page + (1 << order); part += 1 << newOrder) {
    marks[2 * part] = USED | newOrder;
    marks[2 * part + 1] = marks[2 * part + 1]! | (found & (IS_MOVABLE | IS_TAGGED | IS_PINNED | TAGGED_BY_PAGE));
    links[2 * part] = owner;
  }
}
