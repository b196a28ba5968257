/**
 * Tests against other people's mail and name servers and a browser, which have to be installed: `npm run test:counterparts`.
 */
import { defineConfig } from "vitest/config"
import base from "./vitest.config.ts"

export default defineConfig({
  ...base,
  test: {
    include: ["test/counterparts/**/*.counterpart.ts"],
    globalSetup: ["test/counterparts/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
