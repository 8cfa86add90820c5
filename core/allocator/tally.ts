/** Allocations on a machine, counted: what was asked for, and what tagged memory had to wait for or go without. */
import type { TagStats } from "./tag-storage.ts";

/** What became of tagged memory that was asked for. */
export interface TaggedCounts {
  /** Tagged allocations and pages to be tagged that were asked for. */
  asked: number;
  /** Of these: had to wait until data was migrated out of their tag storage. */
  waited: number;
  /** Allocated, but without tag storage. */
  without: number;
  /** Not to be had. */
  failed: number;
}

export interface Tally {
  readonly tagged: TaggedCounts;
  /** Data allocations that were asked for, and those that failed. */
  readonly data: { asked: number; failed: number };
  /** Before memory is asked for. */
  begin(): void;
  /** After it: tagged memory, or data; and whether there was any. */
  endTagged(isMade: boolean): void;
  endData(isMade: boolean): void;
}

/** Starts from nothing; `stats` are the machine's own. */
export function createTally(stats: Readonly<TagStats>): Tally {
  const tagged = { asked: 0, waited: 0, without: 0, failed: 0 };
  const data = { asked: 0, failed: 0 };
  let migrations = 0;
  let withoutStorage = 0;
  return {
    tagged,
    data,
    begin() {
      migrations = stats.migrations;
      withoutStorage = stats.withoutStorage;
    },
    endTagged(isMade) {
      tagged.asked++;
      if (stats.migrations !== migrations) tagged.waited++;
      if (!isMade) tagged.failed++;
      else if (stats.withoutStorage !== withoutStorage) tagged.without++;
    },
    endData(isMade) {
      data.asked++;
      if (!isMade) data.failed++;
    },
  };
}
