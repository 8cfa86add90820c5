import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/run-folder.ts"],
    setupFiles: ["test/seed.ts"],
    include: ["test/peers/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
