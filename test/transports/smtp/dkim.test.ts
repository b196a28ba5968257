import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { dkimVerify } from "mailauth"
import { describe, expect, test } from "vitest"
import { threadHeaders } from "../../../src/core/email/thread.ts"
import { type DkimOptions, smtp } from "../../../src/transports/smtp/index.ts"
import { contextWith, mailServer, mailWith, scriptedServer } from "./mail-server.ts"

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pemOf = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" })
const privateKey = pemOf(pair.privateKey)
const record = `v=DKIM1; k=rsa; p=${pair.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`

/** What a mailbox finds, asking a resolver that knows the key under these names only. */
const verify = async (raw: string, names: readonly string[]) => {
  const { results } = await dkimVerify(Buffer.from(raw, "latin1"), {
    strict: true,
    resolver: async (name, type) => {
      if (type === "TXT" && names.includes(name)) return [[record.slice(0, 200), record.slice(200)]]
      throw Object.assign(new Error("not there"), { code: "ENOTFOUND" })
    },
  })
  return results.map(({ status, signingDomain, signingHeaders }) => ({
    result: status.result,
    aligned: status.aligned,
    domain: signingDomain,
    signed: (signingHeaders?.keys ?? "").toLowerCase().split(/:\s*/),
  }))
}

const { headers, messageId } = threadHeaders({
  deliveryId: "acme/u1/c1/m2/email",
  channelId: "acme",
  chatId: "c1",
  replyTo: "c1@reply.acme.example",
  unsubscribeUrl: `https://acme.example/u?token=${"t".repeat(300)}`,
})

const sent = async (dkim: Omit<DkimOptions, "privateKey">, change = {}) => {
  await using server = await mailServer()
  const transport = smtp({ ...server.at, dkim: { ...dkim, privateKey } })
  expect(await transport.send(mailWith({ headers, messageId, ...change }), contextWith())).toEqual({
    _tag: "Accepted",
  })
  await transport.close()
  return server.received[0]?.raw ?? expect.fail()
}

describe("a signed mail", () => {
  test("R14: verifies for the sender's own domain, and covers what mailboxes act on", async () => {
    const raw = await sent(
      { keySelector: "s1" },
      { from: { name: "Acme", address: "chat@mail.acme.example" } },
    )
    const [found, ...more] = await verify(raw, ["s1._domainkey.mail.acme.example"])
    expect(more).toEqual([])
    expect(found).toMatchObject({ result: "pass", domain: "mail.acme.example", aligned: "mail.acme.example" })
    for (const name of [
      ...Object.keys(headers).filter((name) => name !== "X-Auto-Response-Suppress"),
      "From",
      "To",
      "Subject",
      "Date",
      "Message-ID",
      "MIME-Version",
      "Content-Type",
    ])
      expect(found?.signed).toContain(name.toLowerCase())
  })

  test("R14: verifies for a domain of the host's where one is given", async () => {
    const raw = await sent({ keySelector: "2026", domainName: "host.example" })
    expect(await verify(raw, ["2026._domainkey.host.example"])).toMatchObject([
      { result: "pass", domain: "host.example", aligned: false },
    ])
  })

  test.each(["Subject", "List-Unsubscribe-Post", "List-Unsubscribe", "Reply-To"])(
    "R14: no longer verifies when its %s was changed on the way",
    async (name) => {
      const raw = await sent({ keySelector: "s1" })
      const changed = raw.replace(new RegExp(`^${name}:`, "m"), `${name}: x`)
      expect(changed).not.toBe(raw)
      const [found] = await verify(changed, ["s1._domainkey.acme.example"])
      expect(found?.result).toBe("fail")
    },
  )

  test.each([undefined, 1])(
    "R13: a connection lost before DATA is Rejected though the mail was read to be signed (maxConnections %s)",
    async (max) => {
      await using server = await scriptedServer((line, socket) => {
        if (line.startsWith("RCPT")) setTimeout(() => socket.destroy(), 50)
        return line.startsWith("RCPT") ? undefined : "250 ok"
      })
      const dkim = { keySelector: "s1", privateKey }
      const transport = smtp({ ...server.at, dkim, ...(max !== undefined && { maxConnections: max }) })
      expect(await transport.send(mailWith(), contextWith())).toMatchObject({
        _tag: "Rejected",
        reason: "unreachable",
      })
      await transport.close()
    },
  )

  test("R13: a connection lost after the final dot is Uncertain", async () => {
    let inData = false
    await using server = await scriptedServer((line, socket) => {
      if (inData && line === ".") socket.destroy()
      if (inData) return undefined
      inData = line === "DATA"
      return inData ? "354 go on" : "250 ok"
    })
    const transport = smtp({ ...server.at, dkim: { keySelector: "s1", privateKey } })
    expect(await transport.send(mailWith(), contextWith())).toMatchObject({ _tag: "Uncertain" })
    await transport.close()
  })
})

describe("a key that mail cannot be signed with", () => {
  const ed25519 = pemOf(generateKeyPairSync("ed25519").privateKey)
  const short = pemOf(generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey)
  const ec = pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)
  const pss = pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 1024 }).privateKey)
  const locked = pair.privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "hunter2",
  })
  const open = pair.publicKey.export({ type: "spki", format: "pem" })

  test.each([
    ["Ed25519", ed25519],
    ["768 bits of RSA", short],
    ["ECDSA", ec],
    ["RSA-PSS", pss],
    ["a locked one", locked],
    ["a public one", open],
    ["none", "hunter2"],
  ])("R14: %s is refused, and not repeated", (_, key) => {
    let message = ""
    try {
      smtp({ host: "h", port: 25, dkim: { keySelector: "s1", privateKey: key } })
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain("dkim.privateKey: expected a private RSA key of 1024 bits or more in PEM")
    for (const line of key.split("\n").filter((one) => one.length > 20)) expect(message).not.toContain(line)
    expect(message).not.toContain("hunter2")
  })

  test("R14: 1024 bits are enough", () => {
    const key = pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey)
    expect(smtp({ host: "h", port: 25, dkim: { keySelector: "s1", privateKey: key } }).name).toBe("smtp")
  })

  test.each([
    ["keySelector", { keySelector: "s 1" }],
    ["keySelector", { keySelector: "s1; d=evil.example" }],
    ["domainName", { keySelector: "s1", domainName: "localhost" }],
  ])("R14: a wrong %s is named", (place, names) => {
    expect(() => smtp({ host: "h", port: 25, dkim: { privateKey, ...names } })).toThrow(
      `dkim.${place}: expected`,
    )
  })
})
