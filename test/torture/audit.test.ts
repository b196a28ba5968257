import { describe, expect, test } from "vitest"
import type { FollowUpEvent } from "../../src/core/customer/event.ts"
import type { StoredEvent } from "../../src/ports/store.ts"
import { audit } from "../../tools/torture/audit.ts"
import type {
  ChannelEvidence,
  Evidence,
  ProviderRecord,
  SendRequest,
  ToldNotice,
} from "../../tools/torture/evidence.ts"
import { deliveryId, healthyEvidence } from "./evidence-fixture.ts"

type Change = (evidence: Evidence) => Evidence

const events =
  (change: (stored: StoredEvent) => ReadonlyArray<StoredEvent>): Change =>
  (evidence) => ({ ...evidence, events: evidence.events.flatMap(change) })

const without = (
  tag: FollowUpEvent["_tag"],
  matches: (event: FollowUpEvent) => boolean = () => true,
): Change => events((stored) => (stored.event._tag === tag && matches(stored.event) ? [] : [stored]))

const twice = (tag: FollowUpEvent["_tag"]): Change =>
  events((stored) => (stored.event._tag === tag ? [stored, stored] : [stored]))

const provider =
  (change: (record: ProviderRecord) => ReadonlyArray<ProviderRecord>): Change =>
  (evidence) => ({ ...evidence, provider: evidence.provider.flatMap(change) })

const sends = (id: string, change: (send: SendRequest) => ReadonlyArray<SendRequest>): Change =>
  provider((record) => (record._tag === "Send" && record.deliveryId === id ? change(record) : [record]))

const channel =
  (change: (evidence: ChannelEvidence) => Partial<ChannelEvidence>): Change =>
  (evidence) => ({ ...evidence, channels: evidence.channels.map((one) => ({ ...one, ...change(one) })) })

const isAbout = (id: string) => (event: FollowUpEvent) => "deliveryId" in event && event.deliveryId === id

const isMessage = (messageId: string) => (event: FollowUpEvent) =>
  event._tag === "MessageRecorded" && event.messageId === messageId

const limited =
  (freeLimitPu: number): Change =>
  (evidence) => ({
    ...evidence,
    policy: { ...evidence.policy, freeLimitPu },
  })

const IN_HISTORY = "an acknowledged input is in the history"
const SETTLED = "every follow-up is settled"
const ONE_MESSAGE = "one delivery id is one message"
const ONE_TEXT = "SNS and XMS are never both delivered"
const ONCE = "nobody gets anything twice"
const SUMS = "the ledger adds up"
const LIMIT = "no limit is passed"
const TOLD = "a channel is told"
const AGREE = "history and provider agree"
const FAILS = "nothing fails by itself"

const noticeTold: ToldNotice = {
  _tag: "Notice",
  atMs: 0,
  id: "acme/1",
  channelId: "acme",
  notice: { atMs: 0, kind: "usage-exhausted" },
}

const sns = deliveryId("m2", "sns")
const xms = deliveryId("m2", "xms")
const email = deliveryId("m2", "email")
const push = deliveryId("m2", "push")

const planted: ReadonlyArray<readonly [what: string, law: string, about: string, change: Change]> = [
  [
    "R1: a message that was acknowledged and is not there",
    IN_HISTORY,
    "message m2",
    without("MessageRecorded", isMessage("m2")),
  ],
  [
    "R1: a message that was told twice and is there twice",
    IN_HISTORY,
    "message m1",
    twice("MessageRecorded"),
  ],
  [
    "R2: a signal that was acknowledged and is not there",
    IN_HISTORY,
    "signal of tab-1 at 0",
    without("SessionChanged"),
  ],
  ["R1: a read that was acknowledged and is not there", IN_HISTORY, "read of m3", without("RepliesRead")],
  [
    "R1: a message asked for after its read was acknowledged",
    IN_HISTORY,
    "read of m2",
    events((stored) =>
      stored.event._tag === "DeliveryRequested" && stored.event.deliveryId === xms
        ? [{ ...stored, event: { ...stored.event, atMs: 60_000 } }]
        : [stored],
    ),
  ],
  [
    "R7: a receipt that was acknowledged and forgotten",
    IN_HISTORY,
    `receipt "delivered" of ${xms}`,
    events((stored) =>
      stored.event._tag === "DeliverySettled" && stored.event.deliveryId === xms
        ? [{ ...stored, event: { ...stored.event, outcome: "timed-out" } }]
        : [stored],
    ),
  ],
  ["R20: a follow-up that stays open", SETTLED, "c1/m2", without("FollowUpClosed")],
  ["R1: a follow-up that started twice", SETTLED, "c1/m2", twice("FollowUpStarted")],
  ["R1: a reply that led to nothing", SETTLED, "reply c1/m2", without("FollowUpStarted")],
  ["R20: a delivery that stays open", SETTLED, email, without("DeliverySettled", isAbout(email))],
  ["R9: a delivery that was asked for twice", SETTLED, xms, twice("DeliveryRequested")],
  ["R9: a message that is left in the outbox", SETTLED, xms, (evidence) => ({ ...evidence, outbox: [xms] })],
  [
    "R9: two contents under one delivery id",
    ONE_MESSAGE,
    xms,
    sends(xms, (send) => [send, { ...send, hash: "another" }]),
  ],
  [
    "R9: two keys for one send",
    ONE_MESSAGE,
    sns,
    sends(sns, (send) => [send, { ...send, key: "another", verdict: "repeated" }]),
  ],
  [
    "R6: one key for two devices",
    ONE_MESSAGE,
    push,
    sends(push, (send) => [send, { ...send, recipient: "t2", hash: "another", verdict: "repeated" }]),
  ],
  [
    "R9: an SNS that arrived beside the XMS",
    ONE_TEXT,
    sns,
    sends(sns, (send) => [{ ...send, delivered: true }]),
  ],
  [
    "R9: a second delivery under a key that is honoured",
    ONCE,
    push,
    sends(push, (send) => [send, { ...send, verdict: "accepted" }]),
  ],
  [
    "R9: a repetition without keys of what may have been sent",
    ONCE,
    xms,
    sends(xms, (send) => [{ ...send, verdict: "dropped", manner: "cuts", delivered: false }, send]),
  ],
  [
    "R16: a charge that the ledger does not have",
    SUMS,
    "the ledger that its entries",
    channel(({ ledger }) => ({ ledger: { ...ledger, usedMilli: ledger.usedMilli - 1 } })),
  ],
  [
    "R16: a charge for what the provider sent otherwise",
    SUMS,
    "provider's log",
    sends(xms, (send) => [{ ...send, kind: "LMS" }]),
  ],
  [
    "R16: PU that stay reserved",
    SUMS,
    "provider's log",
    channel(({ ledger }) => ({ ledger: { ...ledger, reservedMilli: 1 } })),
  ],
  [
    "R19: a usage report that lacks a message",
    SUMS,
    "usage report",
    channel(({ usage }) => ({ usage: usage.slice(0, -1) })),
  ],
  [
    "R16: a notice that nobody needed",
    SUMS,
    "notices",
    channel(() => ({ notices: [{ atMs: 0, kind: "usage-exhausted" }] })),
  ],
  ["R16: more than the limit allows", LIMIT, "reserve of 10000", limited(9)],
  ["R16: more given back than was used", LIMIT, "refund of 8000", without("DeliveryAccepted", isAbout(sns))],
  ["R20: a message that nobody asked for", AGREE, xms, without("DeliveryRequested", isAbout(xms))],
  [
    "R12: another text than the one asked for",
    AGREE,
    xms,
    sends(xms, (send) => [{ ...send, text: "another" }]),
  ],
  ["R9: a failure that arrived", AGREE, sns, sends(sns, (send) => [{ ...send, delivered: true }])],
  [
    "R20: an arrival that the provider knows nothing of",
    AGREE,
    email,
    sends(email, (send) => [{ ...send, delivered: false }]),
  ],
  [
    "R20: a failure that nobody said",
    AGREE,
    deliveryId("m3", "push"),
    sends(deliveryId("m3", "push"), (send) => [{ ...send, verdict: "dropped" }]),
  ],
  [
    "R20: a line that the post log lacks",
    AGREE,
    "post log of channel acme",
    channel(({ log }) => ({ log: log.filter(({ event }) => !isAbout(xms)(event)) })),
  ],
  [
    "R16: a notice that the host was told and nobody wrote",
    TOLD,
    "channel acme",
    (evidence) => ({ ...evidence, told: [noticeTold] }),
  ],
  [
    "R16: a notice that the host was never told",
    TOLD,
    "channel acme",
    channel(() => ({ notices: [noticeTold.notice] })),
  ],
  [
    "R16: two notices under one id",
    TOLD,
    "channel acme",
    (evidence) => ({
      ...channel(() => ({ notices: [noticeTold.notice] }))(evidence),
      told: [{ ...noticeTold, notice: { atMs: 0, kind: "usage-70" } }, noticeTold],
    }),
  ],
  [
    "R1: a message that was withdrawn although it may have been sent",
    AGREE,
    deliveryId("m3", "push"),
    (evidence) =>
      events((stored) =>
        stored.event._tag === "DeliverySettled" && stored.event.deliveryId === deliveryId("m3", "push")
          ? [{ ...stored, event: { ...stored.event, outcome: "withdrawn" } }]
          : [stored],
      )(
        sends(deliveryId("m3", "push"), (send) => [{ ...send, verdict: "dropped", manner: "cuts" }])(
          evidence,
        ),
      ),
  ],
  [
    "a process that ended by itself",
    FAILS,
    "the run",
    (evidence) => ({ ...evidence, accidents: ["exit code 1"] }),
  ],
  [
    "R7: a receipt that was refused",
    FAILS,
    sns,
    provider((record) => [record._tag === "Receipt" ? { ...record, answer: "refused" } : record]),
  ],
]

describe("the audit of a torture", () => {
  test("finds nothing where nothing went wrong", () => {
    expect(audit(healthyEvidence())).toEqual([])
  })

  test.each(planted)("finds %s", (_, law, about, change) => {
    const found = audit(change(healthyEvidence()))
    expect(found.filter((violation) => violation.law === law && violation.about.includes(about))).not.toEqual(
      [],
    )
  })

  test("R9: lets pass what policy allows: an SNS that was given up at its deadline before anybody knew", () => {
    const evidence = healthyEvidence()
    const overdue = (change: (atMs: number) => number) =>
      audit({
        ...evidence,
        events: evidence.events.map((stored): StoredEvent => {
          const { event } = stored
          return event._tag === "DeliverySettled" && event.deliveryId === sns
            ? { ...stored, event: { ...event, outcome: "timed-out", atMs: change(94_000) } }
            : stored
        }),
        provider: evidence.provider.map((record): ProviderRecord => {
          if (record.deliveryId !== sns) return record
          return record._tag === "Send" ? { ...record, delivered: true } : { ...record, atMs: 94_001 }
        }),
      }).filter(({ law }) => law === ONE_TEXT)
    expect(overdue((atMs) => atMs)).toEqual([])
    // Given up too early, or after a process had been told.
    expect(overdue((atMs) => atMs - 1)).toHaveLength(1)
    expect(overdue((atMs) => atMs + 2)).toHaveLength(1)
  })

  test("R9: lets pass a repetition without keys after the provider said that nothing was sent", () => {
    const repeated = (verdict: "throttled" | "dropped") =>
      audit(sends(xms, (send) => [{ ...send, verdict, delivered: false }, send])(healthyEvidence()))
    expect(repeated("throttled")).toEqual([])
    expect(repeated("dropped").map(({ law }) => law)).toEqual([ONCE])
  })
})
