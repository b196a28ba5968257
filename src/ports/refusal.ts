/**
 * What a certain refusal says of the provider, and what of the message. Rule R9.
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../core/send-result.ts"

/**
 * What follows from a reason. `isProviders`: it is the provider that cannot, so another one may be asked. `isOutage`:
 * the provider is out of order or overrun, so that asking it again and again makes it worse; `"with a wait"`, only where
 * the same message may succeed later.
 * @since 0.1.0
 */
export interface RefusalMeaning {
  readonly isProviders: boolean
  readonly isOutage: boolean | "with a wait"
}

const ofMessage: RefusalMeaning = { isProviders: false, isOutage: false }
const ofAccount: RefusalMeaning = { isProviders: true, isOutage: false }
const ofOutage: RefusalMeaning = { isProviders: true, isOutage: true }
const ofReach: RefusalMeaning = { isProviders: true, isOutage: "with a wait" }

/**
 * What each reason means; the list is closed.
 *
 * - Of the message or its recipient, so that every provider is answered for: `invalid-address`, `gone`, `opted-out`,
 *   `blocked` (whoever wants nothing from one provider wants nothing by way of another), `filtered`, `content`,
 *   `outside-window`. And `unknown`, which may be any of these.
 * - Of the account at this provider: `quota`, `sender-not-allowed`, `auth`, `config`. Another one may well take it;
 *   waiting does not help, so it is no outage.
 * - Of the provider's state: `rate-limited`, `provider-error`.
 * - `unreachable` is of the provider's state where the same message may succeed later (`retryAfterMs`). Without that, it
 *   is of whoever this provider cannot reach: another one may, but five such recipients in a row are no outage.
 *
 * @since 0.1.0
 */
export const refusalMeanings: Readonly<Record<RejectReason, RefusalMeaning>> = {
  "invalid-address": ofMessage,
  gone: ofMessage,
  "opted-out": ofMessage,
  blocked: ofMessage,
  filtered: ofMessage,
  quota: ofAccount,
  "rate-limited": ofOutage,
  "outside-window": ofMessage,
  "sender-not-allowed": ofAccount,
  auth: ofAccount,
  config: ofAccount,
  content: ofMessage,
  unreachable: ofReach,
  "provider-error": ofOutage,
  unknown: ofMessage,
}

type Rejected = Extract<SendResult, { readonly _tag: "Rejected" }>

/** Whether a refusal says that the provider is out of order or overrun. Total. R8, R9. @since 0.1.0 */
export const saysOutage = ({ reason, retryAfterMs }: Rejected): boolean => {
  const { isOutage } = refusalMeanings[reason]
  return isOutage === "with a wait" ? retryAfterMs !== undefined : isOutage
}

/**
 * Whether a repetition, under the same key, was refused for now or for the provider's own reasons: that says nothing of
 * the attempt before, which may have been sent. A provider that honours keys refuses the message itself only if it has
 * not sent it. Total. R9.
 * @since 0.1.0
 */
export const saysNothingOfBefore = (
  result: SendResult | { readonly _tag: "Withdrawn" },
): result is Rejected =>
  result._tag === "Rejected" &&
  (refusalMeanings[result.reason].isProviders || result.retryAfterMs !== undefined)
