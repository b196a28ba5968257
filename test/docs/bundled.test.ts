import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { expect, test } from "vitest"
import webPush from "web-push"

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly exports: object }
const entries = Object.keys(exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => (entry === "." ? "./src/index.ts" : `./src/${entry.slice(2)}/index.ts`))

const program = `
${entries.map((entry, nth) => `import * as entry${nth} from "${entry}"`).join("\n")}

const { FollowUps, sqlite, smtp, webPush } = Object.assign({}, ${entries.map((_, nth) => `entry${nth}`).join(", ")})
const transports = [
  smtp({ host: "localhost", port: 25 }),
  webPush({ subject: "mailto:chat@acme.example", ...${JSON.stringify(webPush.generateVAPIDKeys())} }),
]
FollowUps.open({ store: sqlite(":memory:"), transports })
  .then((followUps) => followUps.close())
  .then(() => console.log(transports.map(({ name }) => name).join()))
`

test("a host that is bundled into one file needs no packages beside it", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "followup-bundled-"))
  const outfile = join(folder, "host.cjs")
  try {
    const { warnings } = await build({
      stdin: { contents: program, resolveDir: "." },
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "silent",
    })
    expect(warnings).toEqual([])
    expect(execFileSync(process.execPath, [outfile], { cwd: folder, encoding: "utf8" })).toContain(
      "smtp,web-push\n",
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
