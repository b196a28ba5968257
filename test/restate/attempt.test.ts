import { describe, expect, test } from "vitest"
import type { SendPolicy } from "../../src/ports/attempt.ts"
import type { OutboxItem } from "../../src/ports/store.ts"
import type { SendContext, Transport, XmsMessage } from "../../src/ports/transport.ts"
import { type Attempt, followed, makeAttempt } from "../../src/restate/attempt.ts"

const item: OutboxItem = {
  deliveryId: "acme/cust-1/c1/m2/xms",
  followUpId: "acme/cust-1/c1/m2",
  key: { channelId: "acme", customerId: "cust-1" },
  via: "xms",
  message: {
    via: "xms",
    channelId: "acme",
    customerId: "cust-1",
    chatId: "c1",
    to: "+821012345678",
    country: "KR",
    kind: "SMS",
    segments: 1,
    text: "It is.",
  },
  notBeforeMs: 0,
  providers: [],
  leaseUntilMs: null,
  expiresAtMs: 100_000,
}
const first: Attempt = { item, attempt: 1, interrupted: false, wanted: true }
const policy: SendPolicy = { timeoutMs: 20, graceMs: 20, maxAttempts: 3, backoffMs: 2_000 }
const accepted = { _tag: "Accepted" } as const
const uncertain = { _tag: "Uncertain" } as const
const busy = { _tag: "Rejected", reason: "rate-limited", retryAfterMs: 5_000 } as const

const transport = (more: Partial<Transport<XmsMessage>> = {}) => {
  const calls: SendContext[] = []
  const xms: Transport<XmsMessage> = {
    name: "xms",
    via: "xms",
    receipts: "handset",
    idempotency: "none",
    ...more,
    send: async (message, context) => {
      calls.push(context)
      return more.send === undefined ? accepted : more.send(message, context)
    },
  }
  return { xms, calls }
}

describe("an attempt", () => {
  test("R9: sends under the delivery's id", async () => {
    const { xms, calls } = transport()
    expect(await makeAttempt({ xms }, first, policy)).toEqual(accepted)
    expect(calls).toMatchObject([
      { deliveryId: item.deliveryId, idempotencyKey: item.deliveryId, attempt: 1 },
    ])
  })

  test("R1: at what is not wanted any more is withdrawn", async () => {
    const { xms, calls } = transport()
    expect(await makeAttempt({ xms }, { ...first, wanted: false }, policy)).toEqual({ _tag: "Withdrawn" })
    expect(calls).toEqual([])
  })

  test("R9: at what may have been sent is not made where keys are not honoured", async () => {
    const { xms, calls } = transport()
    expect(await makeAttempt({ xms }, { ...first, interrupted: true }, policy)).toMatchObject(uncertain)
    expect(calls).toEqual([])
  })

  test("R9: at what may have been sent asks a provider that can be asked", async () => {
    const { xms, calls } = transport({ lookup: async () => accepted })
    expect(await makeAttempt({ xms }, { ...first, interrupted: true }, policy)).toEqual(accepted)
    expect(calls).toEqual([])
  })

  test("R9: at what may have been sent is made under the same key where keys are honoured, while it is wanted", async () => {
    const { xms, calls } = transport({ idempotency: "key" })
    const again = { ...first, interrupted: true }
    expect(await makeAttempt({ xms }, again, policy)).toEqual(accepted)
    expect(await makeAttempt({ xms }, { ...again, wanted: false }, policy)).toMatchObject(uncertain)
    expect(calls).toHaveLength(1)
  })

  test("R8: without a transport is a rejection, unless it may have been sent", async () => {
    expect(await makeAttempt({}, first, policy)).toEqual({ _tag: "Rejected", reason: "config" })
    expect(await makeAttempt({}, { ...first, interrupted: true }, policy)).toMatchObject(uncertain)
  })

  test.each([
    ["rejects", () => Promise.reject(new Error("down: +821012345678"))],
    ["talks nonsense", () => Promise.resolve(JSON.parse('{"_tag":"Delivered"}'))],
    ["stays silent", () => new Promise<never>(() => {})],
  ])("R9: at a transport that %s is uncertain, without its words", async (_, send) => {
    const { xms } = transport({ send })
    const result = await makeAttempt({ xms }, first, policy)
    expect(result._tag).toBe("Uncertain")
    expect(JSON.stringify(result)).not.toContain("8210")
  })

  test("R9: that takes too long is aborted, and may still say what it did", async () => {
    const send = (_: XmsMessage, { signal }: SendContext) =>
      new Promise<typeof busy>((resolve) => signal.addEventListener("abort", () => resolve(busy)))
    const { xms } = transport({ send })
    expect(await makeAttempt({ xms }, first, policy)).toEqual(busy)
  })

  test("R6: at a push goes to every device under a key of its own; one that takes it is enough", async () => {
    const keys: string[] = []
    const push = {
      name: "push",
      via: "push",
      receipts: "app",
      idempotency: "key",
      send: async ({ token }: { readonly token: string }, { idempotencyKey }: SendContext) => {
        keys.push(idempotencyKey)
        return token === "t2" ? accepted : ({ _tag: "Rejected", reason: "gone" } as const)
      },
    } as const
    const message = {
      via: "push",
      channelId: "acme",
      customerId: "cust-1",
      chatId: "c1",
      tokens: ["t1", "t2"],
      title: "Acme",
      body: "It is.",
      link: null,
    } as const
    const result = await makeAttempt({ push }, { ...first, item: { ...item, via: "push", message } }, policy)
    expect(result).toEqual(accepted)
    expect(keys).toEqual([`${item.deliveryId}/0`, `${item.deliveryId}/1`])
  })
})

describe("what follows", () => {
  const after = (
    result: Parameters<typeof followed>[2],
    made = first,
    more: Partial<Transport<XmsMessage>> = {},
    nowMs = 0,
  ) => followed(transport(more).xms, made, result, nowMs, policy)

  test("R9: an answer says whether more is to be heard", () => {
    expect(after(accepted)).toEqual({ _tag: "Answer", result: accepted, receiptExpected: true })
    expect(after(accepted, first, { receipts: "none" })).toMatchObject({ receiptExpected: false })
    expect(followed(undefined, first, accepted, 0, policy)).toMatchObject({ receiptExpected: false })
  })

  test("R9: what was refused for now is sent again later, as often as allowed", () => {
    expect(after(busy)).toEqual({ _tag: "Again", afterMs: 5_000, interrupted: false })
    expect(after(busy, { ...first, attempt: 2 })).toMatchObject({ _tag: "Again", afterMs: 5_000 })
    expect(after({ ...busy, retryAfterMs: 1 }, { ...first, attempt: 2 })).toMatchObject({ afterMs: 4_000 })
    expect(after(busy, { ...first, attempt: 3 })).toMatchObject({ _tag: "Answer", result: busy })
  })

  test("R9: it is not sent again once it is not worth sending", () => {
    expect(after(busy, first, {}, 94_999)).toMatchObject({ _tag: "Again" })
    expect(after(busy, first, {}, 95_000)).toMatchObject({ _tag: "Answer" })
    expect(after(busy, { ...first, wanted: false })).toMatchObject({ _tag: "Answer" })
  })

  test("R9: what is uncertain is tried again only where that can settle it", () => {
    expect(after(uncertain)).toMatchObject({ _tag: "Answer", result: uncertain })
    const again = { _tag: "Again", afterMs: 2_000, interrupted: true }
    expect(after(uncertain, first, { idempotency: "key" })).toEqual(again)
    expect(after(uncertain, first, { lookup: async () => undefined })).toEqual(again)
  })

  test("R9: nor does one that the provider refuses for reasons of its own; of the message itself it does", () => {
    const { xms } = transport({ idempotency: "key" })
    const again = { ...first, attempt: 2, interrupted: true }
    const auth = { _tag: "Rejected", reason: "auth" } as const
    expect(followed(xms, again, auth, 0, policy)).toEqual({
      _tag: "Again",
      afterMs: 4_000,
      interrupted: true,
    })
    expect(followed(xms, { ...again, attempt: 3 }, auth, 0, policy)).toMatchObject({
      result: { _tag: "Uncertain", code: "auth" },
    })
    const blocked = { _tag: "Rejected", reason: "blocked" } as const
    expect(followed(xms, again, blocked, 0, policy)).toMatchObject({ result: blocked })
    expect(followed(xms, first, auth, 0, policy)).toMatchObject({ result: auth })
  })

  test("R9: a repetition that is refused for now says nothing of the attempt before", () => {
    const again = { ...first, interrupted: true }
    expect(after(busy, again, { idempotency: "key" })).toMatchObject({ _tag: "Again", interrupted: true })
    expect(after(busy, { ...again, attempt: 3 }, { idempotency: "key" })).toMatchObject({
      result: { _tag: "Uncertain" },
    })
  })
})
