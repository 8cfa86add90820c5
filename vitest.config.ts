import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/run-folder.ts"],
    setupFiles: ["test/seed.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "**/node_modules/**"],
    // vitest leaves a core to whoever looks on: half of what CI has.
    maxWorkers: "100%",
    // Against what never ends, not a measure of speed: machines are busy.
    testTimeout: 30_000,
  },
});
