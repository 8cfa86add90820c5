/**
 * The library: device trees (`carveout/dts`), their schemas (`carveout/schema`), and what kernels make of them
 * (`carveout/core`). It touches no file, clock or console; files that a source includes come from a `FileReader`.
 */
export * from "./core/index.ts";
export * from "./dts/index.ts";
export * from "./schema/index.ts";
