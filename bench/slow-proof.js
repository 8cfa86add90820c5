/**
 * The four counted obligations of one region by walking every page of every allocation of every order: plain loops over
 * numbers and typed arrays, nothing allocated on the way. What the proof is measured against, and checked against. Knows
 * the walk of rfc-v2 only.
 */

function newRow(order) {
  return {
    region: 0,
    order,
    allocations: 0,
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 0, blocks: 0, first: null },
    outOfRegion: { allocations: 0, first: null },
    leaks: { allocations: 0, first: null },
    earlyReleases: { allocations: 0, first: null },
  };
}

function note(group, pfn) {
  group.allocations++;
  group.first ??= pfn;
}

/** Rows for orders 0 to `maxOrder`, as the proof has them. */
export function walkRegion({ memory, tags, blockPages }, maxOrder) {
  const m0 = memory.start;
  const pagesOfBlock = 32 * blockPages;
  const wholeBlocks = Math.floor((tags.end - tags.start + 1) / blockPages);
  // m(b) and c(b), by the block's place after the allocation's first block.
  const needed = new Int32Array(2 ** maxOrder + 2);
  const references = new Int32Array(2 ** maxOrder + 2);
  const rows = [];
  for (let order = 0; order <= maxOrder; order++) {
    const row = newRow(order);
    rows.push(row);
    const pages = 2 ** order;
    const walked = Math.max(Math.floor(pages / 32), 1);
    const count = Math.min(pages, pagesOfBlock);
    for (let pfn = Math.ceil(m0 / pages) * pages; pfn + pages - 1 <= memory.end; pfn += pages) {
      const first = Math.floor((pfn - m0) / pagesOfBlock);
      let last = first;
      for (let page = pfn; page < pfn + pages; page++) {
        last = Math.floor((page - m0) / pagesOfBlock);
        needed[last - first]++;
      }
      // The lookup of the first page: nothing is reserved where its block is not wholly inside the tag range.
      const reserved = first < wholeBlocks ? walked : 0;
      for (let step = 0; step < reserved; step++) references[step] += count;

      const blocks = Math.max(last - first + 1, reserved);
      let unprotected = 0;
      let extra = 0;
      let isOutside = false;
      let isLeaking = false;
      let isEarly = false;
      for (let step = 0; step < blocks; step++) {
        const m = needed[step];
        const c = references[step];
        const isInside = first + step < wholeBlocks;
        if (m > 0 && (c === 0 || !isInside)) unprotected += m;
        if (c > 0 && m === 0) extra++;
        if (c > 0 && !isInside) isOutside = true;
        if (c > (isInside ? m : 0)) isLeaking = true;
        if (c > 0 && c < m) isEarly = true;
        needed[step] = 0;
        references[step] = 0;
      }
      row.allocations++;
      row.unprotected.pages += unprotected;
      row.overReserved.blocks += extra;
      if (unprotected > 0) note(row.unprotected, pfn);
      if (extra > 0) note(row.overReserved, pfn);
      if (isOutside) note(row.outOfRegion, pfn);
      if (isLeaking) note(row.leaks, pfn);
      if (isEarly) note(row.earlyReleases, pfn);
    }
  }
  return rows;
}
