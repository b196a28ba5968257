import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19))
  throw new Error(
    `followup's tests need Node 22.19 or later; this is ${process.version}. Run them with "npm test": it uses the Node that npm ci installed.`,
  )

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^followup$/, replacement: src("index.ts") },
      { find: /^followup\/(beacon|domain|engine|links|restate|testing)$/, replacement: src("$1/index.ts") },
      { find: /^followup\/((?:stores|transports)\/[a-z-]+)$/, replacement: src("$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["src/core/**"],
      reporter: ["text-summary", "json-summary"],
      thresholds: { lines: 95 },
    },
  },
})
