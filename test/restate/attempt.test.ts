import { describe, expect, test } from "vitest"
import type { SendPolicy } from "../../src/ports/attempt.ts"
import type { ClaimedItem, OutboxItem } from "../../src/ports/store.ts"
import type {
  AnyTransport,
  PushMessage,
  SendContext,
  SendResult,
  Transport,
  XmsMessage,
} from "../../src/ports/transport.ts"
import { attemptedAgain, makeAttempt, unattempted } from "../../src/restate/attempt.ts"
import { byVia } from "../../src/sending/providers.ts"

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
const first: ClaimedItem = unattempted(item)
const again: ClaimedItem = { ...first, attempt: 2, interrupted: true, providers: ["xms"] }
const policy: SendPolicy = { timeoutMs: 20, graceMs: 20, maxAttempts: 3, backoffMs: 2_000 }
const accepted = { _tag: "Accepted" } as const
const uncertain = { _tag: "Uncertain" } as const
const busy = { _tag: "Rejected", reason: "rate-limited", retryAfterMs: 5_000 } as const
const auth = { _tag: "Rejected", reason: "auth" } as const
const blocked = { _tag: "Rejected", reason: "blocked" } as const

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

/** What follows from an attempt at an instant, after which there are no further calls. */
const attempt = (made: ClaimedItem, transports: ReadonlyArray<AnyTransport>, nowMs = 0) =>
  makeAttempt(
    { transports: byVia(transports), send: policy, clock: { now: () => nowMs, lasts: (ms) => ms } },
    made,
    () => {},
  )

describe("an attempt", () => {
  test("R9: sends under the delivery's id, and says whose answer it is and whether more is to be heard", async () => {
    const { xms, calls } = transport()
    const answer = { _tag: "Answer", result: accepted, provider: "xms" }
    expect(await attempt(first, [xms])).toEqual({ ...answer, receiptExpected: true })
    expect(calls).toMatchObject([
      { deliveryId: item.deliveryId, idempotencyKey: item.deliveryId, attempt: 1 },
    ])
    const silent = transport({ receipts: "none" })
    expect(await attempt(first, [silent.xms])).toEqual({ ...answer, receiptExpected: false })
  })

  test.each([
    ["is not wanted any more", { ...first, cancelled: true }, 0],
    ["is not worth sending any more", first, item.expiresAtMs],
  ])("R1: at what %s is withdrawn", async (_, made, nowMs) => {
    const { xms, calls } = transport()
    expect(await attempt(made, [xms], nowMs)).toMatchObject({ result: { _tag: "Withdrawn" } })
    expect(calls).toEqual([])
  })

  test("R9: at what may have been sent is not made where keys are not honoured", async () => {
    for (const [receipts, receiptExpected] of [
      ["handset", true],
      ["none", false],
    ] as const) {
      const { xms, calls } = transport({ receipts })
      expect(await attempt(again, [xms])).toMatchObject({ result: uncertain, receiptExpected })
      expect(calls).toEqual([])
    }
  })

  test("R9: at what may have been sent before anybody wrote down to whom is its leg's", async () => {
    const { xms, calls } = transport({ idempotency: "key" })
    expect(await attempt({ ...first, interrupted: true }, [xms])).toMatchObject({ result: accepted })
    expect(calls).toHaveLength(1)
  })

  test("R9: at what may have been sent asks a provider that can be asked", async () => {
    const { xms, calls } = transport({ lookup: async () => accepted })
    expect(await attempt(again, [xms])).toMatchObject({ result: accepted })
    expect(calls).toEqual([])
  })

  test("R9: at what may have been sent is made under the same key where keys are honoured, while it is wanted", async () => {
    const { xms, calls } = transport({ idempotency: "key" })
    expect(await attempt(again, [xms])).toMatchObject({ result: accepted })
    expect(await attempt({ ...again, cancelled: true }, [xms])).toMatchObject({ result: uncertain })
    expect(await attempt(again, [xms], item.expiresAtMs)).toMatchObject({ result: uncertain })
    expect(calls).toHaveLength(1)
  })

  test("R9: at what is not wanted any more believes the provider's word that it was not sent", async () => {
    const { xms } = transport({ idempotency: "key", lookup: async () => busy })
    expect(await attempt({ ...again, cancelled: true }, [xms])).toMatchObject({ result: busy })
  })

  test("R8: without a transport is a rejection, unless it may have been sent", async () => {
    const config = { _tag: "Rejected", reason: "config" }
    expect(await attempt(first, [])).toMatchObject({ result: config, receiptExpected: false })
    // Nobody knows who has it, so that nobody can say that nothing more comes of it.
    expect(await attempt(again, [])).toMatchObject({ result: uncertain, receiptExpected: true })
  })

  test.each([
    ["rejects", () => Promise.reject(new Error("down: +821012345678"))],
    ["talks nonsense", () => Promise.resolve(JSON.parse('{"_tag":"Delivered"}'))],
    ["stays silent", () => new Promise<never>(() => {})],
  ])("R9: at a transport that %s is uncertain, without its words", async (_, send) => {
    const { xms } = transport({ send })
    const answer = await attempt(first, [xms])
    expect(answer).toMatchObject({ result: uncertain })
    expect(JSON.stringify(answer)).not.toContain("8210")
  })

  test("R9: that takes too long is aborted, and may still say what it did", async () => {
    const send = (_: XmsMessage, { signal }: SendContext) =>
      new Promise<typeof blocked>((resolve) => signal.addEventListener("abort", () => resolve(blocked)))
    const { xms } = transport({ send })
    expect(await attempt(first, [xms])).toMatchObject({ result: blocked })
  })
})

describe("an attempt at a push", () => {
  const push = (takes: string, handles?: (message: PushMessage) => boolean) => {
    const calls: string[] = []
    const one: Transport<PushMessage> = {
      name: "push",
      via: "push",
      receipts: "app",
      idempotency: "key",
      ...(handles !== undefined && { handles }),
      send: async ({ token }, { idempotencyKey }) => {
        calls.push(`${token} ${idempotencyKey}`)
        return token === takes ? accepted : { _tag: "Rejected", reason: "gone" }
      },
    }
    return { one, calls }
  }
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
  const made: ClaimedItem = { ...first, via: "push", message }

  test("R6: goes to every device under a key of its own; one that takes it is enough", async () => {
    const { one, calls } = push("t2")
    expect(await attempt(made, [one])).toMatchObject({ result: accepted })
    expect(calls).toEqual([`t1 ${item.deliveryId}/0`, `t2 ${item.deliveryId}/1`])
  })

  test("R6: passes over a device that the transport does not handle", async () => {
    const { one, calls } = push("t2", ({ token }) => token === "t2")
    expect(await attempt(made, [one])).toMatchObject({ result: accepted })
    expect(calls).toEqual([`t2 ${item.deliveryId}/1`])
  })

  test("R6: of which the transport handles no device is a rejection, without a call", async () => {
    const { one, calls } = push("t2", () => false)
    expect(await attempt(made, [one])).toMatchObject({ result: { _tag: "Rejected", reason: "config" } })
    expect(calls).toEqual([])
  })
})

describe("what follows", () => {
  const after = (result: SendResult, made = first, more: Partial<Transport<XmsMessage>> = {}, nowMs = 0) =>
    attempt(made, [transport({ ...more, send: async () => result }).xms], nowMs)
  const later = (notBeforeMs: number, more: object = {}) => ({
    _tag: "Postpone",
    postponement: { notBeforeMs, ...more },
  })

  test("R9: what was refused for now is sent again later, as often as allowed", async () => {
    const second = { ...first, attempt: 2 }
    expect(await after(busy)).toMatchObject(later(5_000, { attempts: 1, interrupted: false }))
    expect(await after(busy, second)).toMatchObject(later(5_000))
    expect(await after({ ...busy, retryAfterMs: 1 }, second)).toMatchObject(later(4_000))
    expect(await after(busy, { ...first, attempt: 3 })).toMatchObject({ _tag: "Answer", result: busy })
  })

  test("R9: it is not sent again once it is not worth sending", async () => {
    expect(await after(busy, first, {}, 94_999)).toMatchObject(later(99_999))
    expect(await after(busy, first, {}, 95_000)).toMatchObject({ _tag: "Answer" })
  })

  test("R9: it is not sent before its time, by the clock of whoever sends it; waiting is no attempt", async () => {
    const refused = await after(busy)
    if (refused._tag === "Answer") throw new Error("it may be sent again")
    const next = attemptedAgain(first, refused.postponement)
    expect(next).toMatchObject({ attempt: 2, interrupted: false, providers: ["xms"] })
    const early = await after(accepted, next, {}, 4_999)
    expect(early).toMatchObject(later(5_000, { attempts: 1 }))
    expect(await after(accepted, next, {}, 5_000)).toMatchObject({ _tag: "Answer", result: accepted })
  })

  test("R9: what is uncertain is tried again only where that can settle it", async () => {
    expect(await after(uncertain)).toMatchObject({ _tag: "Answer", result: uncertain })
    const settled = later(2_000, { attempts: 1, interrupted: true, providers: ["xms"] })
    expect(await after(uncertain, first, { idempotency: "key" })).toMatchObject(settled)
    expect(await after(uncertain, first, { lookup: async () => undefined })).toMatchObject(settled)
  })

  test("R9: nor does a repetition tell that is refused for the provider's own reasons; of the message's it does", async () => {
    const keys = { idempotency: "key" } as const
    expect(await after(auth, again, keys)).toMatchObject(later(4_000, { interrupted: true }))
    expect(await after(auth, { ...again, attempt: 3 }, keys)).toMatchObject({
      result: { _tag: "Uncertain", code: "auth" },
    })
    expect(await after(blocked, again, keys)).toMatchObject({ result: blocked })
    expect(await after(auth, first, keys)).toMatchObject({ result: auth })
  })

  test("R9: a repetition that is refused for now says nothing of the attempt before", async () => {
    const keys = { idempotency: "key" } as const
    expect(await after(busy, again, keys)).toMatchObject(later(5_000, { interrupted: true }))
    expect(await after(busy, { ...again, attempt: 3 }, keys)).toMatchObject({ result: uncertain })
  })
})
