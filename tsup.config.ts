/**
 * The published build: ESM, CommonJS and declarations for every entry point, from one configuration
 * (two would race for the same `dist`). Dependencies and peers stay external: tsup reads them from package.json.
 * No source maps: the output is not minified, so a stack trace is readable without them, and they would double
 * the package.
 */
import { existsSync } from "node:fs"
import { defineConfig, type Options } from "tsup"
import { withPureValues } from "./tools/pure-values.ts"

/** Modules that users import. A new entry point is one line here and one in package.json's "exports". */
const libraryEntries = [
  "index",
  "engine/index",
  "beacon/index",
  "domain/index",
  "links/index",
  "restate/index",
  "testing/index",
  "stores/memory/index",
  "stores/sqlite/index",
  "stores/postgres/index",
  "transports/http/index",
  "transports/smtp/index",
  "transports/console/index",
  "transports/line/index",
  "transports/whatsapp/index",
  "transports/twilio/index",
  "transports/solapi/index",
  "transports/fcm/index",
  "transports/apns/index",
  "transports/web-push/index",
]

/** Programs: ESM only and without declarations, because nobody imports them. */
const programEntries = ["cli/main"]

const present = (names: readonly string[]) =>
  Object.fromEntries(
    names.filter((name) => existsSync(`src/${name}.ts`)).map((name) => [name, `src/${name}.ts`]),
  )

const library = present(libraryEntries)

/** Bundlers look into ES modules only. It comes before what `treeshake` does, which understands the marks as well. */
const pureValues: NonNullable<Options["plugins"]>[number] = {
  name: "pure-values",
  renderChunk(code) {
    return this.format === "esm" ? { code: withPureValues(code) } : undefined
  },
}

export default defineConfig({
  entry: { ...library, ...present(programEntries) },
  format: ["esm", "cjs"],
  dts: { entry: library },
  target: "es2024",
  platform: "node",
  // Older bundlers took "node:" off; "node:sqlite" exists under its full name only.
  removeNodeProtocol: false,
  splitting: true,
  // No module is imported for its effects alone: such imports, left by splitting, would tie the beacon to the rest.
  treeshake: { moduleSideEffects: "no-external" },
  plugins: [pureValues],
  clean: true,
  esbuildOptions: (options, { format }) => {
    if (format === "cjs") options.entryPoints = library
  },
})
