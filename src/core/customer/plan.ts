/**
 * What one leg would send: the words, their length, the price, or the reason to send nothing. Rules R6, R9–R16.
 * @since 0.1.0
 */
import { canReserve, type MessageEntry } from "../billing/ledger.ts"
import { ANY_COUNTRY, type PriceKind, priceOf, quote } from "../billing/price-book.ts"
import { emailObstacle, type Obstacle, snsIsOpen, textObstacle, xmsObstacle } from "../eligibility.ts"
import { renderEmail } from "../email/template.ts"
import type { Policy } from "../policy.ts"
import type { TooLong, Unencodable } from "../text/choose-xms.ts"
import { fitSns, fitXms, foldText, renderText } from "../text/render.ts"
import { isCountryAllowed } from "../text/text-policy.ts"
import { type Context, chatLink } from "./context.ts"
import type { Content } from "./event.ts"
import type { Reply, Via } from "./state.ts"

/**
 * A leg's plan: `Send` with what it sends and the reservation to make, or `Withhold` with the obstacle. `carrier` is
 * given when only that carrier stands against it; `entry` records a refusal for lack of PU.
 * @since 0.1.0
 */
export type LegPlan =
  | {
      readonly _tag: "Send"
      readonly via: Via
      readonly content: Content
      readonly country: string
      readonly entry: MessageEntry | null
    }
  | {
      readonly _tag: "Withhold"
      readonly obstacle: Obstacle
      readonly carrier: Via | null
      readonly entry: MessageEntry | null
    }

const withhold = (obstacle: Obstacle, carrier: Via | null = null): LegPlan => ({
  _tag: "Withhold",
  obstacle,
  carrier,
  entry: null,
})

interface Unpriced {
  readonly via: Via
  readonly content: Content
  readonly country: string
  readonly kind: PriceKind
  readonly units: number
}

// No price is no leave to send: a country that the price book does not name is not served.
const priced = (policy: Policy, context: Context, draft: Unpriced, carrier: Via | null): LegPlan => {
  const { via, content, country, kind, units } = draft
  const priceCountry = kind === "EMAIL" ? ANY_COUNTRY : country
  const milliPu = quote(policy.prices, { kind, country: priceCountry, units, atMs: context.nowMs })
  if (milliPu === undefined) {
    const where = kind === "EMAIL" ? "" : ` in ${country}`
    const detail = `there is no price for ${kind}${where}`
    return withhold({ reason: "country-not-allowed", rule: "R19", detail }, carrier)
  }
  const entry = { milliPu, kind, country: priceCountry, purpose: "follow-up", units } as const
  return canReserve(context.ledger, milliPu)
    ? { _tag: "Send", via, content, country, entry: { op: "reserve", ...entry } }
    : {
        _tag: "Withhold",
        obstacle: {
          reason: "quota-exhausted",
          rule: "R16",
          detail: `${kind} costs ${milliPu / 1000} PU, more than the plan has left`,
        },
        carrier,
        entry: { op: "refuse", ...entry },
      }
}

const rendered = (policy: Policy, context: Context, chatId: string, replies: ReadonlyArray<Reply>) =>
  renderText(
    {
      replies: replies.map((reply) => reply.text),
      channelName: context.channel.name,
      link: chatLink(context, chatId),
    },
    policy,
  )

/** The push that goes to all of the customer's devices; it costs nothing. Total. R6. @since 0.1.0 */
export const planPush = (context: Context, replies: ReadonlyArray<Reply>): Content => ({
  via: "push",
  title: context.channel.name,
  text: foldText(replies.map((reply) => reply.text).join("\n")),
})

// Country that a text would go to, or what stands against sending one.
const destination = (policy: Policy, { channel, contact }: Context): string | Obstacle => {
  const obstacle = textObstacle(channel, contact)
  if (obstacle !== undefined) return obstacle
  // Without an obstacle the number is a mobile one; the compiler cannot know.
  if (contact.phone?._tag !== "Mobile")
    return { reason: "no-contact", rule: "R8", detail: "no mobile number" }
  const { country } = contact.phone
  return isCountryAllowed(country, policy)
    ? country
    : { reason: "country-not-allowed", rule: "R10", detail: `texts to ${country} are not allowed by policy` }
}

/**
 * The text, by SNS where that is set up and by XMS otherwise. Total. R9, R15, R16.
 * @since 0.1.0
 */
export const planText = (
  policy: Policy,
  context: Context,
  chatId: string,
  replies: ReadonlyArray<Reply>,
): LegPlan => {
  const country = destination(policy, context)
  if (typeof country !== "string") return withhold(country)
  if (!snsIsOpen(context.channel, context.contact)) return planXms(policy, context, chatId, replies)
  const fit = fitSns(rendered(policy, context, chatId, replies), policy)
  // What the messaging app cannot carry goes the other way at once.
  if (fit._tag === "TooLong") return planXms(policy, context, chatId, replies)
  // Nor is SNS set up for a country in which nobody agreed on its price.
  if (priceOf(policy.prices, { kind: "SNS", country, atMs: context.nowMs }) === undefined)
    return planXms(policy, context, chatId, replies)
  const content = { via: "sns", text: fit.text, cut: fit.cut } as const
  return priced(policy, context, { via: "sns", content, country, kind: "SNS", units: 1 }, null)
}

const unfit = (fit: TooLong | Unencodable): Obstacle =>
  fit._tag === "TooLong"
    ? { reason: "too-long", rule: "R10", detail: `the text is longer than an XMS to ${fit.country} may be` }
    : {
        reason: "unencodable",
        rule: "R10",
        detail: `the text has ${fit.characters.length} character(s) that an XMS to ${fit.country} cannot carry`,
      }

/**
 * The text over the phone network, as the SMS or LMS that its length and country make it. Total. R9–R12, R16.
 * @since 0.1.0
 */
export const planXms = (
  policy: Policy,
  context: Context,
  chatId: string,
  replies: ReadonlyArray<Reply>,
): LegPlan => {
  // The directory may have changed since the text was first asked for.
  const country = destination(policy, context)
  if (typeof country !== "string") return withhold(country, "xms")
  const obstacle = xmsObstacle(context.channel, context.contact)
  if (obstacle !== undefined) return withhold(obstacle, "xms")
  const fit = fitXms(rendered(policy, context, chatId, replies), country, policy)
  if (fit._tag === "TooLong" || fit._tag === "Unencodable") return withhold(unfit(fit), "xms")
  const kind = fit._tag === "Sms" ? "SMS" : "LMS"
  const content = { via: "xms", kind, segments: fit.segments, text: fit.text, cut: fit.cut } as const
  return priced(policy, context, { via: "xms", content, country, kind, units: fit.segments }, "xms")
}

/** The email from the default template. Total. R13, R15, R16, R18. @since 0.1.0 */
export const planEmail = (
  policy: Policy,
  context: Context,
  chatId: string,
  replies: ReadonlyArray<Reply>,
): LegPlan => {
  const { channel, contact } = context
  const obstacle = emailObstacle(channel, contact)
  if (obstacle !== undefined) return withhold(obstacle)
  const mail = renderEmail(
    {
      locale: contact.locale,
      country: channel.country,
      channelName: channel.name,
      replies,
      resumeUrl: chatLink(context, chatId),
      unsubscribeUrl: context.links?.unsubscribeUrl() ?? null,
      customerName: contact.name,
    },
    policy.email,
  )
  const content = { via: "email", ...mail } as const
  return priced(
    policy,
    context,
    { via: "email", content, country: channel.country, kind: "EMAIL", units: 1 },
    null,
  )
}
