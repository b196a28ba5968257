/**
 * What the core costs in a browser or an edge worker: `followup` bundled, minified and gzipped, without and with
 * what it depends on. Fails when the core itself is above its budget.
 */
import { existsSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"

/** The core alone, gzipped, may be at most this large. Raise it knowingly, with the reason in the changeset. */
const budgetBytes = 30_000

/** What is measured: a program and the packages that are left out of it. */
const measures = [
  { name: "followup", program: `export * from "./src/index.ts"`, external: ["effect", "libphonenumber-js"] },
  { name: "+ effect", program: `export * from "./src/index.ts"`, external: ["libphonenumber-js"] },
  { name: "+ libphonenumber-js", program: `export * from "./src/index.ts"`, external: [] },
  { name: "segmentText alone", program: `export { segmentText } from "./src/index.ts"`, external: [] },
] as const

const measure = async (program: string, external: readonly string[]) => {
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

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`.padStart(10)

if (!existsSync("src/index.ts"))
  throw new Error("Run this from the repository's root: src/index.ts is not here.")

console.log(`${"".padEnd(20)}${"minified".padStart(10)}${"gzipped".padStart(10)}`)
for (const { name, program, external } of measures) {
  const { minifiedBytes, gzippedBytes } = await measure(program, external)
  console.log(`${name.padEnd(20)}${kilobytes(minifiedBytes)}${kilobytes(gzippedBytes)}`)
  if (name === "followup" && gzippedBytes > budgetBytes) {
    console.error(
      `followup is ${gzippedBytes - budgetBytes} bytes above its budget of ${budgetBytes} bytes, gzipped`,
    )
    process.exitCode = 1
  }
}
