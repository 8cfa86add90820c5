/**
 * Property tests take the same values every time, so that a change is never refused for what it did not touch. Other
 * values: `SEED=random npm test`, or any number; `npm run test:long` and `npm run fuzz` take new ones each time.
 */
import fc from "fast-check";

const FIXED = 20261123;

if (process.env.SEED !== "random") fc.configureGlobal({ seed: Number(process.env.SEED ?? FIXED) });
