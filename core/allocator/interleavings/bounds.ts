/** The most that fit the exact states of explore.ts. */
export const MOST_THREADS = 3;
export const MOST_BLOCKS = 4;
