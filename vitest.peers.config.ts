import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/run-folder.ts"],
    setupFiles: ["test/seed.ts"],
    include: ["test/peers/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Most of them wait for other programs, which take one core each.
    maxWorkers: "100%",
  },
});
