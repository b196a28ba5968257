/**
 * What one attempt to send can end in, in the same words for every provider. Rules R7, R8, R9, R20.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Every reason for which a provider can refuse a message; the list is closed, so a decision can cover all of it.
 *
 * - `invalid-address`: the number, address or token cannot belong to anyone.
 * - `gone`: it belonged to someone once and no longer does (app uninstalled, account closed).
 * - `opted-out`: the recipient asked to receive nothing more of this kind.
 * - `blocked`: the recipient blocked the sender.
 * - `filtered`: the provider or a carrier took it for spam.
 * - `quota`: the account at the provider has used up its credit or its allowance.
 * - `rate-limited`: too many at once; later is fine.
 * - `outside-window`: the provider allows such a message only within a period that is over, or not yet begun.
 * - `sender-not-allowed`: the sender (number, profile, domain) is not registered or not accepted.
 * - `auth`: the provider did not accept the credentials.
 * - `config`: the adapter or the account is set up wrongly; every message would fail in the same way.
 * - `content`: the message itself was refused (too long, not encodable, an unapproved template).
 * - `unreachable`: nothing was handed over, because the provider could not be reached (then with `retryAfterMs`), or
 *   because it cannot reach this recipient (without).
 * - `provider-error`: the provider failed and said that it had not sent.
 * - `unknown`: refused for a reason that none of these words fits.
 *
 * @since 0.1.0
 */
export const rejectReasons = [
  "invalid-address",
  "gone",
  "opted-out",
  "blocked",
  "filtered",
  "quota",
  "rate-limited",
  "outside-window",
  "sender-not-allowed",
  "auth",
  "config",
  "content",
  "unreachable",
  "provider-error",
  "unknown",
] as const

/**
 * One of {@link rejectReasons}.
 *
 * @since 0.1.0
 */
export type RejectReason = (typeof rejectReasons)[number]

/**
 * What one attempt to send ended in.
 *
 * - `Accepted`: the provider took the message over. It does not say that it was delivered: receipts say that.
 * - `Rejected`: it is certain that nothing was sent. `retryAfterMs`, in milliseconds from the answer, is given only
 *   when the same message may well succeed later; its absence means that repeating it is useless.
 * - `Uncertain`: it may have been sent, or not. It is never repeated blindly.
 *
 * `code` is the provider's own word for what happened ("21610", "550 5.1.1") and is kept in the post log (R20): it
 * carries no address, no text of a message and no credential.
 *
 * @since 0.1.0
 */
export type SendResult =
  | { readonly _tag: "Accepted"; readonly providerId?: string }
  | {
      readonly _tag: "Rejected"
      readonly reason: RejectReason
      readonly retryAfterMs?: number
      readonly code?: string
    }
  | { readonly _tag: "Uncertain"; readonly code?: string }

/**
 * Schema of {@link RejectReason}.
 *
 * @since 0.1.0
 */
export const RejectReasonSchema: Schema.Codec<RejectReason> = Schema.Literals(rejectReasons)

/**
 * Schema of {@link SendResult}; a negative or fractional `retryAfterMs` is refused.
 *
 * @since 0.1.0
 */
export const SendResultSchema: Schema.Codec<SendResult> = Schema.Union([
  Schema.TaggedStruct("Accepted", { providerId: Schema.optionalKey(Schema.String) }),
  Schema.TaggedStruct("Rejected", {
    reason: RejectReasonSchema,
    retryAfterMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
    code: Schema.optionalKey(Schema.String),
  }),
  Schema.TaggedStruct("Uncertain", { code: Schema.optionalKey(Schema.String) }),
]).annotate({ expected: 'a result whose _tag is "Accepted", "Rejected" or "Uncertain"' })
