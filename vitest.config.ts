import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/run-folder.ts"],
    setupFiles: ["test/seed.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "**/node_modules/**"],
    // Against what never ends, not a measure of speed: machines are busy.
    testTimeout: 30_000,
  },
});
