/**
 * The evidence of a run in which nothing went wrong: one customer, two follow-ups, every leg. Tests plant in it what
 * must not be.
 */
import type { FollowUpEvent } from "../../src/core/customer/event.ts"
import { deliveryIdOf, followUpId, type Via } from "../../src/core/customer/state.ts"
import { entryOf } from "../../src/core/customer/turn.ts"
import type { StoredEvent } from "../../src/ports/store.ts"
import { CUSTOMER_ID } from "../../src/testing/history-arbitraries.ts"
import type {
  Acknowledged,
  Evidence,
  PostedReceipt,
  SendRequest,
  Told,
} from "../../tools/torture/evidence.ts"
import { of, story } from "../core/customer/world.ts"

const whose = { channelId: "acme", customerId: CUSTOMER_ID }
const chat = { ...whose, chatId: "c1" }

/** Id of a delivery in it. */
export const deliveryId = (messageId: "m2" | "m3", via: Via): string =>
  deliveryIdOf(followUpId("acme", CUSTOMER_ID, "c1", messageId), via)

const play = () => {
  const one = story()
  one.signal(0, "active")
  one.asks(1)
  one.signal(2, "left")
  one.replies(3, "m2")
  one.answers(4, "push", { _tag: "Accepted" })
  one.answers(34, "sns", { _tag: "Accepted" })
  one.answers(34, "email", { _tag: "Accepted" })
  one.receipt(40, "sns", "failed")
  one.answers(41, "xms", { _tag: "Accepted" })
  one.receipt(45, "xms", "delivered")
  one.receipt(46, "email", "delivered")
  one.replies(50, "m3")
  one.reads(51, "m3")
  one.answers(52, "push", { _tag: "Rejected", reason: "gone" })
  return one.world
}

const toldAt = (atSeconds: number, told: Told): Acknowledged => ({
  told,
  ackedAtMs: atSeconds * 1_000 + 1,
  tries: 1,
})

const message = (atSeconds: number, messageId: string, from: "customer" | "manager") =>
  toldAt(atSeconds, { call: "message", ...chat, messageId, from })

const acknowledged: ReadonlyArray<Acknowledged> = [
  toldAt(0, { call: "presence", ...whose, sessionId: "tab-1", atMs: 0 }),
  message(1, "m1", "customer"),
  toldAt(2, { call: "presence", ...whose, sessionId: "tab-1", atMs: 2_000 }),
  message(3, "m2", "manager"),
  message(50, "m3", "manager"),
  toldAt(51, { call: "read", ...chat, messageIds: ["m1", "m2", "m3"] }),
]

const arrived: Readonly<Record<string, Partial<SendRequest>>> = {
  "m2/push": { delivered: true, recipient: "t1" },
  "m2/xms": { delivered: true },
  "m2/email": { delivered: true },
  "m3/push": { verdict: "refused", recipient: "t1" },
}

const sendsOf = (events: ReadonlyArray<FollowUpEvent>): ReadonlyArray<SendRequest> =>
  of(events, "DeliveryRequested").map(({ atMs, deliveryId, via, content, country }) => ({
    _tag: "Send",
    atMs,
    from: "process-1.1",
    via,
    deliveryId,
    key: deliveryId,
    recipient: "customer",
    hash: `hash of ${deliveryId}`,
    text: content.text,
    kind: content.via === "xms" ? content.kind : null,
    country: via === "sns" || via === "xms" ? country : null,
    segments: content.via === "xms" ? content.segments : null,
    verdict: "accepted",
    manner: "at-once",
    delivered: false,
    ...arrived[deliveryId.split("/").slice(-2).join("/")],
  }))

const receipt = (atSeconds: number, via: Via, status: PostedReceipt["status"]): PostedReceipt => ({
  _tag: "Receipt",
  atMs: atSeconds * 1_000 + 1,
  deliveryId: deliveryId("m2", via),
  status,
  reason: null,
  by: "process-1.1",
  answer: "acknowledged",
})

/** The whole of it. */
export const healthyEvidence = (): Evidence => {
  const { events, ledger, policy } = play()
  const stored: ReadonlyArray<StoredEvent> = events.map((event, index) => ({
    seq: index + 1,
    key: whose,
    event,
  }))
  const usage = events.flatMap((event) => {
    const entry = entryOf(event)
    return entry === null ? [] : [{ ...entry, atMs: event.atMs, messages: 1 }]
  })
  return {
    policy,
    honoursKeys: { push: true, sns: true, xms: false, email: false },
    events: stored,
    channels: [
      {
        input: { id: "acme", country: "KR", plan: { kind: "free" } },
        ledger,
        usage,
        notices: [],
        log: stored,
      },
    ],
    outbox: [],
    acknowledged,
    provider: [
      ...sendsOf(events),
      receipt(40, "sns", "failed"),
      receipt(45, "xms", "delivered"),
      receipt(46, "email", "delivered"),
    ],
    told: [],
    accidents: [],
  }
}
