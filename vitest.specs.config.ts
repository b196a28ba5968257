/**
 * Tests against the providers' published OpenAPI files, which are not ours to copy: `npm run test:specs`. They are
 * read from FOLLOWUP_SPECS, `../shared/specs` unless given; where they are absent, nothing is tested and this is said.
 */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { defineConfig } from "vitest/config"
import { specsFolder } from "./test/specs/prism.ts"
import base from "./vitest.config.ts"

const isThere = existsSync(specsFolder)
if (!isThere)
  console.log(
    `No OpenAPI files in ${resolve(specsFolder)}: nothing is tested against them. Say by FOLLOWUP_SPECS where they are.`,
  )

export default defineConfig({
  ...base,
  test: {
    include: isThere ? ["test/specs/**/*.specs.ts"] : [],
    passWithNoTests: !isThere,
    testTimeout: 60_000,
  },
})
