/**
 * Arbitraries of everything that a customer's Decider can meet: inputs in any order and at any instant, sense or
 * nonsense, directories that change in between, and policies. They lean on the boundaries of the waits, and on ids
 * that meet again. Rules R1–R9, R16.
 * @since 0.1.0
 */
import fc from "fast-check"
import type { Plan } from "../core/billing/plan.ts"
import type { Input } from "../core/customer/input.ts"
import { deliveryIdOf, followUpId } from "../core/customer/state.ts"
import type { Channel, Contact } from "../core/eligibility.ts"
import type { Policy } from "../core/policy.ts"
import { rejectReasons } from "../core/send-result.ts"
import { anyChannel, anyContact, anyPlan, anyPolicy, CHANNEL_ID, vias } from "./directory-arbitraries.ts"
import { anySignal } from "./presence-arbitraries.ts"

/** The customer that these histories are about. @since 0.1.0 */
export const CUSTOMER_ID = "cust 1/한"

/** An input, the instant at which it is taken, and what the directory says then. @since 0.1.0 */
export interface HistoryStep {
  readonly nowMs: number
  readonly input: Input
  readonly channel: Channel
  readonly contact: Contact
}

/** What one customer's Decider meets from its beginning. @since 0.1.0 */
export interface CustomerHistory {
  readonly policy: Policy
  readonly plan: Plan
  readonly usedMilli: number
  readonly steps: ReadonlyArray<HistoryStep>
}

const chatId = () => fc.constantFrom("c1", "c1", "c1", "__proto__")
const messageId = () => fc.constantFrom("m1", "m2", "m2", "m3", "m4")
const sessionId = () => fc.constantFrom("tab-1", "tab-2", "__proto__", "3")

const text = () =>
  fc.oneof(
    fc.constantFrom("Yes, it is.", "네, 있습니다 😀", "가".repeat(70), `${"가".repeat(70)}!`, ""),
    fc.constant("가".repeat(1_200)),
    fc.string({ unit: "binary", maxLength: 12 }),
  )

// Seldom is a reply called for once more.
const round = () =>
  fc.oneof({ arbitrary: fc.constant(1), weight: 12 }, { arbitrary: fc.constant(2), weight: 1 })

/** A delivery's id, of one that these histories may ask for or of none of ours. @since 0.1.0 */
export const anyDeliveryId = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      arbitrary: fc
        .tuple(chatId(), messageId(), round(), fc.constantFrom(...vias))
        .map(([chat, message, nth, via]) =>
          deliveryIdOf(followUpId(CHANNEL_ID, CUSTOMER_ID, chat, message, nth), via),
        ),
      weight: 30,
    },
    { arbitrary: fc.constantFrom("elsewhere", "a/b/c/d/sns", "%/%/%/%/sns", ""), weight: 1 },
  )

// One that a spreadsheet would take for a formula among them.
const code = () => fc.constantFrom("E42", "550 5.1.1", "-9")

const sendResult = () =>
  fc.oneof(
    fc.constant({ _tag: "Accepted" as const }),
    fc.record(
      { _tag: fc.constant("Rejected" as const), reason: fc.constantFrom(...rejectReasons), code: code() },
      { requiredKeys: ["_tag", "reason"] },
    ),
    fc.record({ _tag: fc.constant("Uncertain" as const), code: code() }, { requiredKeys: ["_tag"] }),
    fc.constant({ _tag: "Withdrawn" as const }),
  )

/** What a transport or its webhook says of a delivery at an instant, sense or nonsense. R7, R9. @since 0.1.0 */
export const anyAnswerAt = (
  atMs: number,
  id: fc.Arbitrary<string> = anyDeliveryId(),
): fc.Arbitrary<Extract<Input, { _tag: "SendAnswered" | "Receipt" }>> =>
  fc.oneof(
    fc.record(
      {
        _tag: fc.constant("SendAnswered" as const),
        deliveryId: id,
        result: sendResult(),
        receiptExpected: fc.boolean(),
        provider: fc.constantFrom("one", "two"),
        atMs: fc.constant(atMs),
      },
      { requiredKeys: ["_tag", "deliveryId", "result", "receiptExpected", "atMs"] },
    ),
    fc.record(
      {
        _tag: fc.constant("Receipt" as const),
        deliveryId: id,
        status: fc.constantFrom("received" as const, "delivered" as const, "failed" as const),
        reason: fc.constantFrom(...rejectReasons),
        atMs: fc.constant(atMs),
      },
      { requiredKeys: ["_tag", "deliveryId", "status", "atMs"] },
    ),
  )

/** Any input that happened at an instant. @since 0.1.0 */
export const anyInputAt = (atMs: number): fc.Arbitrary<Input> =>
  fc.oneof(
    { arbitrary: anyAnswerAt(atMs), weight: 8 },
    {
      arbitrary: fc.record({
        _tag: fc.constant("PresenceSignal" as const),
        sessionId: sessionId(),
        signal: anySignal(),
        atMs: fc.constant(atMs),
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record(
        {
          _tag: fc.constant("Message" as const),
          chatId: chatId(),
          messageId: messageId(),
          from: fc.constantFrom("customer" as const, "manager" as const, "manager" as const, "bot" as const),
          purpose: fc.constantFrom("chat" as const, "chat" as const, "chat" as const, "marketing" as const),
          text: text(),
          authorName: fc.constantFrom("Mina", ""),
          sessionId: sessionId(),
          atMs: fc.constant(atMs),
        },
        { requiredKeys: ["_tag", "chatId", "messageId", "from", "purpose", "text", "atMs"] },
      ),
      weight: 5,
    },
    {
      arbitrary: fc.record({
        _tag: fc.constant("Read" as const),
        chatId: chatId(),
        upTo: messageId(),
        atMs: fc.constant(atMs),
      }),
      weight: 1,
    },
    { arbitrary: fc.constant({ _tag: "WakeUp" as const, atMs }), weight: 2 },
  )

const gapMs = () =>
  fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    {
      arbitrary: fc.constantFrom(
        1,
        29_999,
        30_000,
        30_001,
        60_000,
        269_999,
        270_000,
        86_400_000,
        604_800_000,
      ),
      weight: 4,
    },
    { arbitrary: fc.integer({ min: 0, max: 100_000 }), weight: 2 },
    // Clocks of several processes differ, so an input may be taken a little before the one that came earlier.
    { arbitrary: fc.integer({ min: -1_000, max: 0 }), weight: 1 },
  )

const skewMs = () => fc.constantFrom(0, 0, 0, 0, -5_000, -300_000, 5_000)

// Half of the histories begin with a customer who asked and left, so that much of what comes meets a follow-up.
const opening = (nowMs: number): ReadonlyArray<Input> => [
  { _tag: "PresenceSignal", sessionId: "tab-1", signal: "active", atMs: nowMs },
  {
    _tag: "Message",
    chatId: "c1",
    messageId: "m1",
    from: "customer",
    purpose: "chat",
    text: "Hello",
    atMs: nowMs,
  },
  { _tag: "PresenceSignal", sessionId: "tab-1", signal: "left", atMs: nowMs },
  {
    _tag: "Message",
    chatId: "c1",
    messageId: "m2",
    from: "manager",
    purpose: "chat",
    text: "Yes.",
    atMs: nowMs,
  },
]

const openedDeliveryId = () =>
  fc
    .tuple(round(), fc.constantFrom(...vias))
    .map(([nth, via]) => deliveryIdOf(followUpId(CHANNEL_ID, CUSTOMER_ID, "c1", "m2", nth), via))

const STARTS_AT_MS = 1_767_603_600_000

interface Gap {
  readonly gapMs: number
  readonly skewMs: number
}

const instantsOf = (gaps: ReadonlyArray<Gap>): ReadonlyArray<{ nowMs: number; atMs: number }> => {
  let nowMs = STARTS_AT_MS
  return gaps.map((gap) => {
    nowMs += gap.gapMs
    return { nowMs, atMs: nowMs + gap.skewMs }
  })
}

const stepsOf = (world: { channel: Channel; contact: Contact; plan: Plan; opened: boolean }) =>
  fc
    .array(fc.record({ gapMs: gapMs(), skewMs: skewMs() }), { maxLength: 25, size: "max" })
    .chain((gaps) =>
      fc.tuple(
        ...instantsOf(gaps).map(({ nowMs, atMs }) =>
          fc.record({
            nowMs: fc.constant(nowMs),
            input: world.opened
              ? fc.oneof(
                  { arbitrary: anyInputAt(atMs), weight: 1 },
                  { arbitrary: anyAnswerAt(atMs, openedDeliveryId()), weight: 3 },
                )
              : anyInputAt(atMs),
            channel: fc.oneof(
              { arbitrary: fc.constant(world.channel), weight: 9 },
              { arbitrary: anyChannel(world.plan), weight: 1 },
            ),
            contact: fc.oneof(
              { arbitrary: fc.constant(world.contact), weight: 9 },
              { arbitrary: anyContact(), weight: 1 },
            ),
          }),
        ),
      ),
    )
    .map((steps): ReadonlyArray<HistoryStep> => {
      const { channel, contact } = world
      const first = world.opened ? opening(STARTS_AT_MS) : []
      return [...first.map((input) => ({ nowMs: STARTS_AT_MS, input, channel, contact })), ...steps]
    })

/** Anything that one customer's Decider can meet, under the policies given (any, unless told). @since 0.1.0 */
export const anyCustomerHistory = (
  policies: fc.Arbitrary<Policy> = anyPolicy(),
): fc.Arbitrary<CustomerHistory> =>
  anyPlan().chain((given) =>
    fc.record({ channel: anyChannel(given), contact: anyContact(), opened: fc.boolean() }).chain((world) =>
      fc.record({
        policy: policies,
        plan: fc.constant(given),
        usedMilli: fc.constantFrom(0, 0, 975_000, 990_000),
        steps: stepsOf({ ...world, plan: given }),
      }),
    ),
  )
