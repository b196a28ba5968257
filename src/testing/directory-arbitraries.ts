/**
 * Arbitraries of what a host's directory says, and of policies: settings, carriers, contacts, plans and waits.
 * Rules R6, R8, R9, R15, R16.
 * @since 0.1.0
 */
import fc from "fast-check"
import type { Plan } from "../core/billing/plan.ts"
import type { Via } from "../core/customer/state.ts"
import type { Channel, Contact } from "../core/eligibility.ts"
import { makePolicy, type Policy } from "../core/policy.ts"
import type { ParsedPhone } from "../core/text/phone.ts"

/** The channel's id in arbitrary directories and histories. @since 0.1.0 */
export const CHANNEL_ID = "acme"

/** The ways to reach a customer, each once. @since 0.1.0 */
export const vias: ReadonlyArray<Via> = ["push", "sns", "xms", "email"]

const often = () => fc.constantFrom(true, true, true, true, true, false)

/** A channel, with or without each setting and carrier. R6, R9, R15. @since 0.1.0 */
export const anyChannel = (plan: Plan = { kind: "free" }): fc.Arbitrary<Channel> =>
  fc.record({
    id: fc.constant(CHANNEL_ID),
    name: fc.constantFrom("Acme", ""),
    country: fc.constantFrom("KR", "JP"),
    plan: fc.constant(plan),
    settings: fc.record({ phoneNumber: often(), email: often() }),
    integrations: fc.record(
      { push: fc.boolean(), sns: often(), xms: often(), email: often() },
      { requiredKeys: ["push", "sns"] },
    ),
    chatUrl: fc.constant("https://acme.example/{channel}/{customer}/{chat}"),
  })

const phone = (): fc.Arbitrary<ParsedPhone | null> =>
  fc.constantFrom<ParsedPhone | null>(
    { _tag: "Mobile", e164: "+821012345678", country: "KR" },
    { _tag: "Mobile", e164: "+821012345678", country: "KR" },
    { _tag: "Mobile", e164: "+819012345678", country: "JP" },
    { _tag: "Unusable", reason: "landline" },
    null,
  )

/** A customer's contacts, each of which may be missing or refused. R8, R15. @since 0.1.0 */
export const anyContact = (): fc.Arbitrary<Contact> =>
  fc.record(
    {
      phone: phone(),
      email: fc.constantFrom("cust-1@example.com", "cust-1@example.com", null),
      pushTokens: fc.constantFrom(["t1"], ["t1"], []),
      blocked: fc.constantFrom(false, false, false, true),
      optedOut: fc.subarray([...vias, "text" as const], { maxLength: 1 }),
    },
    { requiredKeys: ["phone", "email", "pushTokens"] },
  )

/** A policy: the product's, or one with other waits and choices, down to 0 ms. @since 0.1.0 */
export const anyPolicy = (): fc.Arbitrary<Policy> =>
  fc
    .record(
      {
        presence: fc.record(
          { hiddenGraceMs: fc.constantFrom(0, 10_000), maxSessions: fc.constantFrom(1, 2, 50) },
          { requiredKeys: [] },
        ),
        digest: fc.record({
          quietMs: fc.constantFrom(0, 20_000),
          maxWaitMs: fc.constantFrom(0, 30_000, 600_000),
        }),
        cascade: fc.record(
          {
            pushTimeoutMs: fc.constantFrom(0, 1, 30_000),
            snsDeadlineMs: fc.constantFrom(0, 1, 60_000),
            receiptDeadlineMs: fc.constantFrom(0, 86_400_000),
            onUncertain: fc.constantFrom("give-up" as const, "fall-back" as const),
            rememberClosedMs: fc.constantFrom(0, 60_000, 604_800_000),
          },
          { requiredKeys: [] },
        ),
        prices: fc.constant([{ kind: "EMAIL" as const, country: "*", pu: 5 }]),
        onTooLong: fc.constantFrom("cut" as const, "refuse" as const),
      },
      { requiredKeys: [] },
    )
    .map(makePolicy)

/** A plan. R16, R17. @since 0.1.0 */
export const anyPlan = (): fc.Arbitrary<Plan> =>
  fc.constantFrom<Plan>({ kind: "free" }, { kind: "trial" }, { kind: "paid", prepaidPu: 15 })
