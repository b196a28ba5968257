/**
 * What the package as built costs in a browser or an edge worker, bundled, minified and gzipped: the beacon, `followup`
 * without and with what it depends on, and one function of it. Fails when one is above its budget, or the beacon needs
 * another file.
 */
import { existsSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { letReadersLeave } from "../src/cli/leaving-readers.ts"

/** A program and the packages that are left out of it; gzipped, it may be as large as its budget. */
interface Measure {
  readonly name: string
  readonly program: string
  readonly external?: ReadonlyArray<string>
  /** Raise it knowingly, with the reason in the changeset. */
  readonly budgetBytes?: number
}

const beacon = "dist/beacon/index.js"
const core = "./dist/index.js"
const everything = `export * from "${core}"`

const measures: ReadonlyArray<Measure> = [
  { name: "followup/beacon", program: `export * from "./${beacon}"`, budgetBytes: 1_000 },
  {
    name: "followup",
    program: everything,
    external: ["effect", "libphonenumber-js"],
    budgetBytes: 30_250,
  },
  // Of Effect, only what is used: a module of it that is handed around as a value comes whole.
  { name: "+ effect", program: everything, external: ["libphonenumber-js"], budgetBytes: 60_000 },
  { name: "+ libphonenumber-js", program: everything },
  { name: "segmentText alone", program: `export { segmentText } from "${core}"`, budgetBytes: 1_250 },
]

const measure = async ({ program, external = [] }: Measure) => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: "." },
    external: external.flatMap((name) => [name, `${name}/*`]),
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    legalComments: "none",
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  return { minifiedBytes: contents.byteLength, gzippedBytes: gzipSync(contents, { level: 9 }).byteLength }
}

const bytes = (count: number): string => `${count.toLocaleString("en")} B`.padStart(12)

const complain = (complaint: string): void => {
  console.error(complaint)
  process.exitCode = 1
}

if (!existsSync(beacon)) throw new Error(`Run this from the repository's root, built: ${beacon} is not here.`)

letReadersLeave()
console.log(`${"".padEnd(20)}${"minified".padStart(12)}${"gzipped".padStart(12)}`)
for (const one of measures) {
  const { name, budgetBytes = Number.POSITIVE_INFINITY } = one
  const { minifiedBytes, gzippedBytes } = await measure(one)
  console.log(`${name.padEnd(20)}${bytes(minifiedBytes)}${bytes(gzippedBytes)}`)
  if (gzippedBytes > budgetBytes)
    complain(
      `${name} is ${gzippedBytes - budgetBytes} bytes above its budget of ${budgetBytes} bytes, gzipped`,
    )
}
// Hosts without a bundler serve this one file.
if (/^(import|export\b.*\bfrom)\b/m.test(readFileSync(beacon, "utf8")))
  complain(`${beacon} needs another file`)
