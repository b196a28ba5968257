import { createPublicKey, verify } from "node:crypto"
import { expect } from "vitest"
import type { PushMessage, SendContext, SendResult } from "../../src/ports/transport.ts"

/** A push that is in order, with what a test changes. */
export const pushWith = (change: Partial<PushMessage> = {}): PushMessage => ({
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  token: "0a".repeat(32),
  title: "Acme 고객센터",
  body: "네, 있습니다.",
  link: "https://acme.example/chat/c1",
  ...change,
})

/** The context of a first attempt. */
export const contextWith = (change: Partial<SendContext> = {}): SendContext => ({
  deliveryId: "acme/cust%201/c1/m2/push",
  idempotencyKey: "acme/cust%201/c1/m2/push/0",
  attempt: 1,
  signal: new AbortController().signal,
  ...change,
})

/** The header and claims of a JWT, after its signature was checked; undefined when that is wrong. */
export const verifiedJwt = (jwt: string, keyPem: string) => {
  const [header = "", claims = "", signature = ""] = jwt.split(".")
  const isAuthentic = verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    { key: createPublicKey(keyPem), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  )
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>
  return isAuthentic ? { header: read(header), claims: read(claims) } : undefined
}

/** Expects that a result repeats nothing of these. */
export const expectClean = (result: SendResult, secrets: readonly string[]) => {
  const text = JSON.stringify(result)
  for (const secret of secrets) expect(text).not.toContain(secret)
}

/** Settles once the condition holds; fails after some seconds. */
export const until = async (condition: () => boolean): Promise<void> => {
  const deadlineMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error("what was waited for did not happen")
    await new Promise((resolve) => setImmediate(resolve))
  }
}
