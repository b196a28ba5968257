/** R14: what the resolver of node:dns makes of a server's answers is understood. */
import { spawn } from "node:child_process"
import { Resolver } from "node:dns/promises"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { checkDomain } from "../../src/domain/index.ts"
import { ours } from "../core/email/domain/rsa-keys.ts"
import { serveZone } from "./dns-server.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-dns-"))
const keyFile = join(folder, "dkim.pem")
const records = {
  "TXT acme.example": ["v=spf1 include:spf.provider.example ~all", "verification=1"],
  "TXT spf.provider.example": [`v=spf1 ${"ip4:192.0.2.1 ".repeat(30)}-all`],
  "CNAME s1._domainkey.acme.example": ["s1.dkim.provider.example"],
  "CNAME s1.dkim.provider.example": ["s1.keys.provider.example"],
  "TXT s1.keys.provider.example": [`v=DKIM1; k=rsa; p=${ours.base64}`],
  "TXT _dmarc.acme.example": ["v=DMARC1; p=reject"],
  "MX bounce.acme.example": ["10 mx.provider.example"],
  "TXT bounce.acme.example": ["v=spf1 include:spf.provider.example -all"],
  // The name is there, the record is not.
  "MX nodata.example": ["10 mx.example"],
  "TXT servfail.example": ["!ESERVFAIL"],
  "TXT refused.example": ["!EREFUSED"],
  "TXT silent.example": ["!ETIMEOUT"],
}
let dns: Awaited<ReturnType<typeof serveZone>>
let resolver: Resolver
const asking = (options: { readonly timeout: number; readonly tries: number }): Resolver => {
  const made = new Resolver(options)
  made.setServers([dns.server])
  return made
}
beforeAll(async () => {
  writeFileSync(keyFile, ours.privatePem)
  dns = await serveZone(records)
  resolver = asking({ timeout: 20_000, tries: 1 })
})
afterAll(async () => {
  await dns.close()
  rmSync(folder, { recursive: true })
})

test("R14: texts in pieces, pointers to pointers and hosts are read as they are meant", async () => {
  const report = await checkDomain(
    "acme.example",
    {
      spf: ["include:spf.provider.example", "ip4:192.0.2.1"],
      dkim: { selector: "s1", cname: "s1.dkim.provider.example", publicKey: ours.pem },
      dmarc: "reject",
      returnPath: { host: "bounce.acme.example", mx: "mx.provider.example" },
    },
    { resolver, timeoutMs: 20_000 },
  )
  expect(report.checks.map(({ check, result, problems }) => [check, result, problems])).toEqual([
    ["spf", "passed", []],
    ["dkim", "passed", []],
    ["dmarc", "passed", []],
    ["return-path", "passed", []],
  ])
})

test.each([
  ["no such name", "gone.example", "missing"],
  ["no such record", "nodata.example", "missing"],
  ["a server that fails", "servfail.example", "unknown"],
  ["a server that refuses", "refused.example", "unknown"],
])("R14: %s is told from the others", async (_what, domain, result) => {
  const { checks } = await checkDomain(domain, {}, { resolver, timeoutMs: 20_000 })
  expect(checks[0]).toMatchObject({ check: "spf", result })
})

test("R14: a server that says nothing is unknown, whoever gives up first", async () => {
  const impatient = asking({ timeout: 250, tries: 1 })
  const { checks } = await checkDomain("silent.example", {}, { resolver: impatient, timeoutMs: 20_000 })
  expect(checks[0]).toMatchObject({ check: "spf", result: "unknown" })
  const waited = await checkDomain("silent.example", {}, { resolver, timeoutMs: 250 })
  expect(waited.checks[0]).toMatchObject({ check: "spf", result: "unknown" })
  resolver.cancel()
})

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
const followup = (argv: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly out: string; readonly error: string }>((resolve) => {
    const child = spawn(process.execPath, [main, ...argv], { env: { PATH: process.env["PATH"] } })
    const out: Buffer[] = []
    const error: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => error.push(chunk))
    child.on("close", (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), error: Buffer.concat(error).toString() }),
    )
  })

test("R14: the program asks the server that it is told to, and its exit code is the verdict", async () => {
  const signed = ["--selector", "s1", "--dkim-key", keyFile, "--server", dns.server, "--json"]
  const passed = await followup(["domain", "check", "acme.example", ...signed])
  expect(passed).toMatchObject({ code: 0, error: "" })
  expect(JSON.parse(passed.out)).toMatchObject({ domain: "acme.example", result: "passed" })
  const failed = await followup(["domain", "check", "gone.example", ...signed])
  expect(failed).toMatchObject({ code: 1, error: "" })
  expect(JSON.parse(failed.out)).toMatchObject({ result: "failed" })
})
