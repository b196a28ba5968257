/**
 * A channel's plan, and what each plan allows. Rules R16, R17.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { defaultPrices, type Price, PriceSchema } from "./price-book.ts"
import { PuSchema } from "./pu.ts"

/**
 * What a channel pays for: the free plan and the trial have a limit, the paid plan has none. R16, R17.
 * @since 0.1.0
 */
export type Plan =
  | { readonly kind: "free" }
  | { readonly kind: "trial" }
  | {
      readonly kind: "paid"
      /** PU prepaid when the channel comes to the plan; later prepayments are top-ups. None if absent. */
      readonly prepaidPu?: number
    }

/**
 * Schema of a plan. R16, R17.
 * @since 0.1.0
 */
export const PlanSchema = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("free") }),
  Schema.Struct({ kind: Schema.Literal("trial") }),
  Schema.Struct({ kind: Schema.Literal("paid"), prepaidPu: Schema.optionalKey(PuSchema) }),
]).annotate({ expected: 'a plan whose kind is "free", "trial" or "paid"' }) satisfies Schema.Codec<Plan>

/**
 * The numbers and choices of billing. R16 to R19.
 * @since 0.1.0
 */
export interface BillingPolicy {
  /** PU that a channel on the free plan has in all. */
  readonly freeLimitPu: number
  /** PU that a channel in trial has in all. */
  readonly trialLimitPu: number
  /**
   * Percentages of the limit at which the channel is told its usage, whole, 1 to 100. 100 is that it is used up,
   * which R16 asks for: the channel is told that whether or not 100 is listed.
   */
  readonly noticePercents: readonly number[]
  /** The price book. */
  readonly prices: readonly Price[]
}

/**
 * The product's billing: 1,000 PU on the free plan and in trial, told at 70, 90 and 100 percent. R16, R18.
 *
 * @example
 * defaultBillingPolicy.freeLimitPu // => 1_000
 * @since 0.1.0
 */
export const defaultBillingPolicy: BillingPolicy = {
  freeLimitPu: 1_000,
  trialLimitPu: 1_000,
  noticePercents: [70, 90, 100],
  prices: defaultPrices,
}

const NoticePercent = Schema.Finite.check(
  Schema.makeFilter((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 100, {
    expected: "a whole percentage from 1 to 100",
  }),
)

/**
 * Schema of a whole billing policy. R16 to R19.
 * @since 0.1.0
 */
export const BillingPolicySchema = Schema.Struct({
  freeLimitPu: PuSchema,
  trialLimitPu: PuSchema,
  noticePercents: Schema.Array(NoticePercent),
  prices: Schema.Array(PriceSchema),
}) satisfies Schema.Codec<BillingPolicy>
