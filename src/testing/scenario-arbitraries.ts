/**
 * Arbitraries of scenarios: well-formed files in which much happens at the instants that decide. All rules.
 * @since 0.1.0
 */
import fc from "fast-check"
import { anyPlan } from "./directory-arbitraries.ts"
import { anySignal } from "./presence-arbitraries.ts"
import { durationMs } from "./simulator/duration.ts"
import type { Happening, Scenario } from "./simulator/scenario.ts"

const customers: Scenario["customers"] = [
  { id: "cust-1", phone: "010-1234-5678", email: "cust-1@example.com", pushTokens: ["t1"], locale: "ko" },
  { id: "cust-2", phone: "+81 90-1234-5678", email: "cust-2@example.com", locale: "ja" },
  { id: "cust-3", email: "cust-3@example.com", pushTokens: ["t3"] },
]

const duration = () =>
  fc.oneof(
    fc.constantFrom(
      "0s",
      "1ms",
      "1s",
      "29999ms",
      "30s",
      "60s",
      "89s",
      "90s",
      "269999ms",
      "270s",
      "5m",
      "10m",
    ),
    fc.integer({ min: 0, max: 900 }).map((seconds) => `${seconds}s`),
  )

const customer = () => fc.constantFrom(...customers.map(({ id }) => id))
const chat = () => fc.constantFrom("c1", "c1", "c2")

const happening = (): fc.Arbitrary<Happening> =>
  fc.oneof(
    fc.record({
      at: duration(),
      presence: fc.record({
        customer: customer(),
        session: fc.constantFrom("tab-1", "tab-2"),
        signal: anySignal(),
      }),
    }),
    fc.record({
      at: duration(),
      message: fc.record({
        chat: chat(),
        customer: customer(),
        id: fc.constantFrom("m1", "m2", "m3", "m4"),
        from: fc.constantFrom("customer" as const, "manager" as const),
        text: fc.constantFrom("Hello", "네, 있습니다.", "가".repeat(70), `${"가".repeat(70)}!`, "😀"),
        purpose: fc.constantFrom("chat" as const, "chat" as const, "marketing" as const),
      }),
    }),
    fc.record({
      at: duration(),
      read: fc.record({ chat: chat(), customer: customer(), upTo: fc.constantFrom("m1", "m2", "m3", "m4") }),
    }),
  )

// A read of what nobody has written by then would make the file malformed.
const consistent = (timeline: ReadonlyArray<Happening>): ReadonlyArray<Happening> =>
  timeline.filter(
    ({ at, read }, index) =>
      read === undefined ||
      timeline.some(
        ({ at: writtenAt, message }, other) =>
          message?.id === read.upTo &&
          message.chat === read.chat &&
          message.customer === read.customer &&
          (durationMs(writtenAt) < durationMs(at) ||
            (durationMs(writtenAt) === durationMs(at) && other < index)),
      ),
  )

const carrier = () =>
  fc.record({
    // biome-ignore lint/suspicious/noThenProperty: the scenario format names it so
    then: fc.constantFrom(
      "delivered" as const,
      "failed" as const,
      "blocked" as const,
      "uncertain" as const,
      "silent" as const,
    ),
    after: duration(),
  })

/** Any well-formed scenario of one channel and three customers; it ends well after all that it can cause. @since 0.1.0 */
export const anyScenario = (): fc.Arbitrary<Scenario> =>
  fc.record({
    channel: fc.record({
      id: fc.constant("acme"),
      name: fc.constant("Acme"),
      country: fc.constant("KR"),
      plan: anyPlan(),
      usedPu: fc.constantFrom(0, 975, 990),
      settings: fc.record({ phoneNumber: fc.constantFrom(true, true, false), email: fc.boolean() }),
      integrations: fc.record({ push: fc.boolean(), sns: fc.boolean() }),
    }),
    policy: fc.constantFrom(
      {},
      { autoText: { prefix: "", suffix: "" } },
      { digest: { quietMs: 20_000, maxWaitMs: 30_000 } },
    ),
    customers: fc.constant(customers),
    transports: fc.record({
      push: fc.record({
        // biome-ignore lint/suspicious/noThenProperty: the scenario format names it so
        then: fc.constantFrom(
          "received" as const,
          "rejected" as const,
          "uncertain" as const,
          "silent" as const,
        ),
        after: duration(),
      }),
      sns: carrier(),
      xms: carrier(),
      email: carrier(),
    }),
    timeline: fc.array(happening(), { maxLength: 20 }).map(consistent),
    until: fc.constant("3d"),
  })
