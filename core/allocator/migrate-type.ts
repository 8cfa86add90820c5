/** Why pages are kept apart. Numbers alone in this file, so that the program's bundle has them written out. */

/** `enum migratetype`, without `MIGRATE_HIGHATOMIC`. The first three may steal from one another. */
export const UNMOVABLE = 0;
export const MOVABLE = 1;
export const RECLAIMABLE = 2;
export const CMA = 3;
/** Where the free blocks of an isolated pageblock wait: nothing is allocated from there. */
export const ISOLATE = 4;
export const MIGRATE_TYPES = 5;
/** Types below this merge with one another at any order. */
export const MERGEABLE_TYPES = 3;

/** Marks a pageblock as isolated; its type is kept below. */
export const ISOLATED = 0x10;
export const TYPE_MASK = 0x0f;

/** Numbers in `links` for each zone and order: the heads of its lists, one for each type, then `nr_free`. */
export const LIST_ROW = 6;
