import type { Scenario } from "./protocol.ts";

/**
 * All scenarios of so many threads and blocks: which threads fault on the same page, and which stretch of blocks each
 * page needs. Left out are those that are another one with its threads and pages numbered otherwise, with fewer blocks, or
 * with the blocks moved up, and those that fall into parts that share neither block nor page: they meet at the mutex alone.
 */
export function* scenarios(threads: number, blocks: number): Generator<Scenario> {
  for (const pageOf of sharings(threads)) {
    const pages = Math.max(...pageOf) + 1;
    for (const stretches of choices(pages, blocks)) {
      const end = Math.max(...stretches.map(({ first, blocks: count }) => first + count));
      if (end === blocks && isConnected(stretches) && isInOrder(pageOf, stretches))
        yield { blocks, pages: stretches, threads: pageOf };
    }
  }
}

/** Each way to say how many threads share a page: those of a page follow one another, pages with more of them first. */
function* sharings(threads: number, most = threads, page = 0): Generator<number[]> {
  if (threads === 0) {
    yield [];
    return;
  }
  for (let count = Math.min(threads, most); count > 0; count--) {
    const sharing = Array.from({ length: count }, () => page);
    for (const rest of sharings(threads - count, count, page + 1)) yield [...sharing, ...rest];
  }
}

/** True where pages that have as many threads stand in the order of their stretches. */
function isInOrder(pageOf: readonly number[], stretches: readonly { first: number; blocks: number }[]): boolean {
  const threadsOf = (page: number) => pageOf.filter((of) => of === page).length;
  return stretches.every(({ first, blocks }, page) => {
    const before = stretches[page - 1];
    if (before === undefined || threadsOf(page - 1) !== threadsOf(page)) return true;
    return before.first < first || (before.first === first && before.blocks <= blocks);
  });
}

function* choices(pages: number, blocks: number): Generator<{ first: number; blocks: number }[]> {
  if (pages === 0) {
    yield [];
    return;
  }
  for (const before of choices(pages - 1, blocks)) {
    for (let first = 0; first < blocks; first++) {
      for (let count = 1; first + count <= blocks; count++) yield [...before, { first, blocks: count }];
    }
  }
}

/** True where the stretches cover the blocks from 0 on, each but the first sharing a block with those below it. */
function isConnected(stretches: readonly { readonly first: number; readonly blocks: number }[]): boolean {
  const sorted = [...stretches].sort((a, b) => a.first - b.first);
  let end = 0;
  for (const [index, { first, blocks }] of sorted.entries()) {
    if (index === 0 ? first > 0 : first >= end) return false;
    end = Math.max(end, first + blocks);
  }
  return true;
}
