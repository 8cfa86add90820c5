/**
 * What is known of a page, in two bytes: a state, which says whose block the page is in, and flags.
 *
 * A block is `2^order` pages; its first page has the state that tells, the pages after it are `TAIL`. A page that the
 * kernel does not have, or keeps for itself, stands alone.
 */

/** Any page of a block but its first. */
export const TAIL = 0;
/** No memory, or memory of another zone: padding of the page numbers. */
export const ABSENT = 0x20;
/** Memory that the page allocator never had: reserved at boot. */
export const KEPT = 0x21;
/** First page of an allocated block; the order is in the low bits. */
export const USED = 0x40;
/** First page of a free block; the order is in the low bits. */
export const FREE = 0x80;

export const ORDER_MASK = 0x1f;

/** The data can be migrated: user memory. On a block's first page. */
export const IS_MOVABLE = 1;
/** Somebody holds the data in place. On a block's first page. */
export const IS_PINNED = 2;
/** `PG_tag_storage_reserved`: tag storage was reserved for this page. On each page. */
export const HAS_TAG_STORAGE = 4;
/** Some page of the block is tagged, or was to be. On a block's first page. */
export const IS_TAGGED = 8;
/** The block's pages were tagged one at a time (`mprotect`), each with a walk of its own. On a block's first page. */
export const TAGGED_BY_PAGE = 16;
/** First page of a block of tag storage that is in the kernel's `tag_blocks_reserved`; `next` holds its references. */
export const IS_TAG_BLOCK = 32;
/** The page's tags are in use: it counts among those that need their block. On each page. */
export const NEEDS_TAGS = 64;
/** Page of a block of tag storage that holds tags, its first included. */
export const HOLDS_TAGS = 128;
