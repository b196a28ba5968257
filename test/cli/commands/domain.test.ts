import { createPrivateKey } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, test, vi } from "vitest"
import { ed25519Pem, ours } from "../../core/email/domain/rsa-keys.ts"
import { type Zone, zone } from "../../domain/zone.ts"
import { runFollowup } from "../run-followup.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-cli-domain-"))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const good: Zone = {
  "TXT acme.example": ["v=spf1 include:spf.provider.example ip6:2001:db8::1 -all"],
  "TXT spf.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
  "TXT s1._domainkey.acme.example": [`v=DKIM1; k=rsa; p=${ours.base64}`],
  "TXT _dmarc.acme.example": ["v=DMARC1; p=quarantine"],
}
const run = (argv: ReadonlyArray<string>, records: Zone = good, more = {}) =>
  runFollowup(["domain", "check", ...argv], { resolverAt: () => zone(records), ...more })

describe("followup domain check", () => {
  test("R14: a domain in order is exit code 0, and says so", async () => {
    const key = file("key.pem", ours.pem)
    const options = [
      "--selector",
      "s1",
      "--dkim-key",
      key,
      "--dmarc",
      "quarantine",
      "--spf-ip",
      "2001:db8::1",
    ]
    expect(await run(["acme.example", "--spf-include", "spf.provider.example", ...options])).toEqual({
      code: 0,
      out: `acme.example: mail may come from it
  ✓  SPF          in order at acme.example
  ✓  DKIM         in order at s1._domainkey.acme.example
  ✓  DMARC        in order at _dmarc.acme.example
`,
      error: "",
    })
  })

  test("R14: what is not is exit code 1, with each record on a line of its own, however narrow", async () => {
    const records = { "TXT acme.example": ["v=spf1 mx -all"] }
    const { code, out, error } = await run(
      ["acme.example", "--spf-include", "spf.provider.example", "--selector", "s1"],
      records,
      { terminalColumns: 40, env: { NO_COLOR: "1" } },
    )
    expect({ code, error }).toEqual({ code: 1, error: "" })
    expect(out.split("\n")).toEqual(
      expect.arrayContaining([
        '      - acme.example TXT "v=spf1 mx -all"',
        '      + acme.example TXT "v=spf1 mx include:spf.provider.example -all"',
        '      + _dmarc.acme.example TXT "v=DMARC1; p=none"',
      ]),
    )
    expect(out).toContain("not yet in order")
  })

  test("R14: a DNS that gives no clear answer is exit code 1, and nothing is to be done", async () => {
    const silent = Object.fromEntries(Object.keys(good).map((question) => [question, ["!ESERVFAIL"]]))
    const { code, out } = await run(["acme.example"], silent)
    expect(code).toBe(1)
    expect(out).toContain("no verdict")
    expect(out).not.toMatch(/^ {6}[+-]/m)
  })

  test("R14: --json is the report, whatever the terminal", async () => {
    const env = { FORCE_COLOR: "1" }
    const { code, out } = await run(["acme.example", "--json"], {}, { terminalColumns: 20, env })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      domain: "acme.example",
      result: "failed",
      checks: [
        {
          check: "spf",
          result: "missing",
          add: [{ type: "TXT", name: "acme.example", value: "v=spf1 a mx ~all" }],
        },
        { check: "dmarc", result: "missing" },
      ],
    })
  })

  test("R14: colour is for those who want it", async () => {
    const coloured = await run(["acme.example"], good, { env: { FORCE_COLOR: "1" } })
    expect(coloured.out).toContain("\u001b[32m")
    const both = await run(["acme.example"], good, { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })
    expect(both.out).not.toContain("\u001b")
  })

  test("R14: what stands in the DNS cannot drive the terminal", async () => {
    const evil = "v=spf1 \u001b[2J\n+all"
    const { out } = await run(["acme.example"], { "TXT acme.example": [evil, "v=spf1 a"] })
    expect(out).not.toContain("\u001b")
    expect(out.split("\n").every((line) => !line.startsWith("+all"))).toBe(true)
  })

  test.each<[string, ReadonlyArray<string>, RegExp]>([
    ["no domain", ["acme"], /^domain: expected a mail domain/],
    ["a selector with a space", ["acme.example", "--selector", "s 1"], /^--selector: expected a selector/],
    [
      "a key without its selector",
      ["acme.example", "--dkim-cname", "a.example"],
      /^--selector: expected one/,
    ],
    [
      "a file that is not there",
      ["acme.example", "--selector", "s1", "--dkim-key", "/nowhere"],
      /no such file/,
    ],
    [
      "a name that is none",
      ["acme.example", "--selector", "s1", "--dkim-cname", "x"],
      /^--dkim-cname: expected a name/,
    ],
    ...["mail.acme.example", "999.1.1.1", "1.2.3.4/99", "::::", "", "192.0.2.1 +all"].map(
      (address): [string, ReadonlyArray<string>, RegExp] => [
        `--spf-ip ${JSON.stringify(address)}`,
        ["acme.example", "--spf-ip", "192.0.2.1", "--spf-ip", address],
        /^--spf-ip: expected an IP address, or a range of them, such as "192\.0\.2\.1" or "2001:db8::\/32"$/m,
      ],
    ),
    ["everybody", ["acme.example", "--spf-ip", "0.0.0.0/0"], /--spf-ip: expected an SPF mechanism of your/],
    ...["", "include:spf.provider.example", "spf provider"].map(
      (host): [string, ReadonlyArray<string>, RegExp] => [
        `--spf-include ${JSON.stringify(host)}`,
        ["acme.example", "--spf-include", host],
        /^--spf-include: expected the name of a record, such as "spf\.provider\.example"$/m,
      ],
    ),
    [
      "another policy",
      ["acme.example", "--dmarc", "strict"],
      /^--dmarc: expected "none", "quarantine" or "reject"/,
    ],
    [
      "a return path to nowhere",
      ["acme.example", "--return-path", "b.acme.example"],
      /^--return-path: expected either --return-path-cname or --return-path-mx/,
    ],
    [
      "a return path to two places",
      [
        "acme.example",
        "--return-path",
        "b.acme.example",
        "--return-path-mx",
        "a.example",
        "--return-path-cname",
        "a.example",
      ],
      /^--return-path: expected either --return-path-cname or --return-path-mx/,
    ],
    [
      "a target without its return path",
      ["acme.example", "--return-path-mx", "a.example"],
      /^--return-path: expected the host/,
    ],
    [
      "a server by its name",
      ["acme.example", "--server", "localhost:53"],
      /^--server: expected an IP address/,
    ],
  ])("R14: %s is exit code 2, with nothing on standard output", async (_what, argv, error) => {
    const ran = await run(argv)
    expect(ran).toMatchObject({ code: 2, out: "" })
    expect(ran.error).toMatch(error)
  })

  test("R14: a key file may hold the private key, the record or the bare key; of another kind it is refused", async () => {
    const withKey = (name: string, text: string) =>
      run(["acme.example", "--selector", "s1", "--dkim-key", file(name, text)])
    const texts = [ours.privatePem, ours.pkcs1Pem, `v=DKIM1; k=rsa; p=${ours.base64}\n`, `${ours.base64}\n`]
    for (const [index, text] of texts.entries()) expect((await withKey(`${index}`, text)).code).toBe(0)
    const refused = await withKey("ed25519.pem", ed25519Pem)
    expect(refused).toMatchObject({
      code: 2,
      out: "",
      error: "--dkim-key: expected an RSA public key, in PEM or base64\n",
    })
    const cipher = { type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "secret" } as const
    const locked = createPrivateKey(ours.privatePem).export(cipher)
    expect(await withKey("locked.pem", locked)).toMatchObject({
      code: 2,
      out: "",
      error: "--dkim-key: expected a key that no passphrase protects; its public key will do\n",
    })
  })

  test("R14: --help explains each option in 80 columns", async () => {
    const { code, out } = await runFollowup(["domain", "check", "--help"])
    expect(code).toBe(0)
    expect(out.match(/^ {2}--[a-z-]+/gm)).toHaveLength(12)
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test.each(["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:53"])(
    "R14: --server %s is asked",
    async (server) => {
      const servers: Array<string | undefined> = []
      const resolverAt = (at: string | undefined) => {
        servers.push(at)
        return zone(good)
      }
      await run(["acme.example", "--server", server], good, { resolverAt })
      await run(["acme.example"], good, { resolverAt })
      expect(servers).toEqual([server, undefined])
    },
  )
})

describe("a DNS that takes its time", () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const slowly = async (terminalColumns: number | null, ms: number) => {
    vi.useFakeTimers()
    const lines: Array<string> = []
    const later = () => new Promise<never>(() => {})
    const resolverAt = () => ({ resolveTxt: later, resolveCname: later, resolveMx: later })
    const running = runFollowup(["domain", "check", "acme.example"], {
      resolverAt,
      terminalColumns,
      writeError: (text) => void lines.push(text),
    })
    await vi.advanceTimersByTimeAsync(ms)
    const shown = lines.join("")
    await vi.advanceTimersByTimeAsync(10_000)
    return { shown, code: (await running).code }
  }
  test("R14: is waited for with a word after a second, on a terminal only", async () => {
    expect(await slowly(80, 999)).toEqual({ shown: "", code: 1 })
    expect(await slowly(80, 1_000)).toEqual({ shown: "Asking the DNS …\n", code: 1 })
    expect(await slowly(null, 9_000)).toEqual({ shown: "", code: 1 })
  })
})
