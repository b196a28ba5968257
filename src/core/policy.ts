/**
 * Policy: every number and choice of the product, as data with its defaults. All rules.
 *
 * What a host gives is partial; `makePolicy` puts the product's values where the host said nothing.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { type BillingPolicy, BillingPolicySchema, defaultBillingPolicy } from "./billing/plan.ts"
import { mergePrices } from "./billing/price-book.ts"
import { type CascadePolicy, defaultCascade } from "./cascade.ts"
import { DurationMs } from "./decode.ts"
import { defaultEmailPolicy, type EmailPolicy, EmailPolicySchema } from "./email/policy.ts"
import { defaultPresence, type PresencePolicy } from "./presence.ts"
import { defaultTextPolicy, type TextPolicy, TextPolicySchema } from "./text/text-policy.ts"

/**
 * How several replies become one follow-up. `quietMs`: silence to wait for after a reply, 0 for none. `maxWaitMs`: the
 * longest that the first reply waits for quiet. R1.
 * @since 0.1.0
 */
export interface DigestPolicy {
  readonly quietMs: number
  readonly maxWaitMs: number
}

/** No quiet period; were there one, ten minutes at most. @since 0.1.0 */
export const defaultDigest: DigestPolicy = { quietMs: 0, maxWaitMs: 600_000 }

/** How long things are kept. `historyMs`: events, and with them the lines of the post log. R20. @since 0.1.0 */
export interface RetentionPolicy {
  readonly historyMs: number
}

/** The history is kept for 365 days; an event exactly that old is still kept. @since 0.1.0 */
export const defaultRetention: RetentionPolicy = { historyMs: 31_536_000_000 }

/** Every number and choice of the product. @since 0.1.0 */
export interface Policy extends TextPolicy, BillingPolicy {
  readonly presence: PresencePolicy
  readonly digest: DigestPolicy
  readonly cascade: CascadePolicy
  readonly email: EmailPolicy
  readonly retention: RetentionPolicy
}

/** The product's policy. @since 0.1.0 */
export const defaultPolicy: Policy = {
  ...defaultTextPolicy,
  ...defaultBillingPolicy,
  presence: defaultPresence,
  digest: defaultDigest,
  cascade: defaultCascade,
  email: defaultEmailPolicy,
  retention: defaultRetention,
}

const optionalKey = Schema.optionalKey
const text = TextPolicySchema.fields
const billing = BillingPolicySchema.fields
const mail = EmailPolicySchema.fields

/**
 * Schema of a policy as a host gives it: every field may be left out, also inside `autoText`, `presence`, `digest`,
 * `cascade`, `email` and `retention`. Durations are whole milliseconds.
 * @since 0.1.0
 */
export const PolicyInputSchema = Schema.Struct({
  autoText: optionalKey(
    Schema.Struct({ prefix: optionalKey(Schema.String), suffix: optionalKey(Schema.String) }),
  ),
  smartEncoding: optionalKey(text.smartEncoding),
  onTooLong: optionalKey(text.onTooLong),
  onUnencodable: optionalKey(text.onUnencodable),
  koreanCharset: optionalKey(text.koreanCharset),
  countries: optionalKey(text.countries),
  snsMaxChars: optionalKey(text.snsMaxChars),
  allowedCountries: optionalKey(text.allowedCountries),
  freeLimitPu: optionalKey(billing.freeLimitPu),
  trialLimitPu: optionalKey(billing.trialLimitPu),
  noticePercents: optionalKey(billing.noticePercents),
  prices: optionalKey(billing.prices),
  presence: optionalKey(
    Schema.Struct({
      inactivityMs: optionalKey(DurationMs),
      hiddenGraceMs: optionalKey(DurationMs),
      maxSessions: optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
    }),
  ),
  digest: optionalKey(
    Schema.Struct({ quietMs: optionalKey(DurationMs), maxWaitMs: optionalKey(DurationMs) }),
  ),
  cascade: optionalKey(
    Schema.Struct({
      pushTimeoutMs: optionalKey(DurationMs),
      snsDeadlineMs: optionalKey(DurationMs),
      receiptDeadlineMs: optionalKey(DurationMs),
      sendWithinMs: optionalKey(DurationMs),
      onUncertain: optionalKey(Schema.Literals(["give-up", "fall-back"])),
      rememberClosedMs: optionalKey(DurationMs),
    }),
  ),
  email: optionalKey(
    Schema.Struct({
      defaultDomain: optionalKey(mail.defaultDomain),
      localPart: optionalKey(mail.localPart),
      domainGraceMs: optionalKey(mail.domainGraceMs),
      nameMaxCharacters: optionalKey(mail.nameMaxCharacters),
      subjectMaxCharacters: optionalKey(mail.subjectMaxCharacters),
      maxReplies: optionalKey(mail.maxReplies),
      bodyMaxCharacters: optionalKey(mail.bodyMaxCharacters),
      accentColor: optionalKey(mail.accentColor),
    }),
  ),
  retention: optionalKey(Schema.Struct({ historyMs: optionalKey(DurationMs) })),
})

/** A policy as a host gives it: what is left out keeps the product's value. @since 0.1.0 */
export type PolicyInput = typeof PolicyInputSchema.Type

/**
 * The whole policy from what a host gave. Prices replace the default book kind by kind, countries one by one. Total.
 *
 * @example
 * makePolicy({ cascade: { pushTimeoutMs: 10_000 } }).cascade.pushTimeoutMs // => 10_000
 * makePolicy({}).presence.inactivityMs // => 270_000
 * @since 0.1.0
 */
export const makePolicy = (given: PolicyInput = {}): Policy => ({
  ...defaultPolicy,
  ...given,
  autoText: { ...defaultPolicy.autoText, ...given.autoText },
  countries: { ...defaultPolicy.countries, ...given.countries },
  prices: given.prices === undefined ? defaultPolicy.prices : mergePrices(given.prices, defaultPolicy.prices),
  presence: { ...defaultPolicy.presence, ...given.presence },
  digest: { ...defaultPolicy.digest, ...given.digest },
  cascade: { ...defaultPolicy.cascade, ...given.cascade },
  email: { ...defaultPolicy.email, ...given.email },
  retention: { ...defaultPolicy.retention, ...given.retention },
})
