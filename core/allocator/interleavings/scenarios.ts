import type { Scenario } from "./protocol.ts";

/**
 * All scenarios of so many threads and blocks: which threads fault on the same page, and which stretch of blocks each
 * page needs. Those that are another one with fewer blocks, or with the blocks moved up, are left out, and so are those
 * that fall into parts that share neither block nor page: they meet at the mutex alone.
 */
export function* scenarios(threads: number, blocks: number): Generator<Scenario> {
  for (const pageOf of sharings(threads)) {
    const pages = Math.max(...pageOf) + 1;
    for (const stretches of choices(pages, blocks)) {
      const end = Math.max(...stretches.map(({ first, blocks: count }) => first + count));
      if (end === blocks && isConnected(stretches)) yield { blocks, pages: stretches, threads: pageOf };
    }
  }
}

/** Each way to say which threads share a page, pages numbered as they come up. */
function* sharings(threads: number): Generator<number[]> {
  if (threads === 0) {
    yield [];
    return;
  }
  for (const before of sharings(threads - 1)) {
    for (let page = 0; page <= Math.max(-1, ...before) + 1; page++) yield [...before, page];
  }
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
