import { defineConfig } from "vitest/config";

/** Tests that `npm test` has a short form of: minutes, and nothing else on the machine is needed. */
export default defineConfig({
  test: { globalSetup: ["test/run-folder.ts"], include: ["test/**/*.long.ts"], testTimeout: 1_200_000 },
});
