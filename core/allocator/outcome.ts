/** How attempts to get tag storage end. Numbers alone in this file, so that the program's bundle has them written out. */

/** A range of pages was taken. */
export const TAKEN = 0;
/** `-EBUSY`: a page in use cannot be migrated, or not now. */
export const BUSY = 1;
/** `-ENOMEM`: there was no page to migrate to. */
export const NO_TARGET = 2;
/** `-EINTR`: a fatal signal is pending. */
export const SIGNALLED = 3;
/** `-EINVAL`: the range is not one that may be asked for. */
export const INVALID = 4;
/** Taken, but not stored: `xa_store` had no memory. */
export const NOT_STORED = 5;
/** A range of one free page was taken, straight off the free lists. */
export const TAKEN_FREE = 6;

/** A block was taken at the place that was asked for. */
export const PLACED = 0;
/** The page allocator has no block of this order there: no memory, or memory that it never had. */
export const OUTSIDE = 1;
/** A page of it is tag storage, which this use does not get. */
export const IN_TAG_STORAGE = 2;
/** A page of it is in use. */
export const OCCUPIED = 3;
/** It was free, but its tag storage cannot be had. */
export const REFUSED = 4;

/** The pages are used as tagged from now on: tag storage is reserved, or the kernel takes it to be. */
export const IN_USE = 0;
/** Tag storage cannot be had, and the kernel goes on without: an access to the tags will try again. */
export const WITHOUT = 1;
/** Tag storage cannot be had, and the allocation fails. */
export const FAILED = 2;
