/**
 * The price book: what one message costs, by kind, country and date. Rules R16, R18, R19.
 *
 * A price is for one unit: an LMS, an SNS message or an email, and one segment of an SMS. Push is not in the book,
 * since it costs no PU.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CountryKey } from "../countries/country-rule.ts"
import { type MilliPu, PuSchema, puToMilli } from "./pu.ts"

/**
 * The kinds of message that have a price, in the order in which they are listed. R16.
 * @since 0.1.0
 */
export const priceKinds = ["SMS", "LMS", "SNS", "EMAIL"] as const

/**
 * A kind of message that has a price. R16.
 * @since 0.1.0
 */
export type PriceKind = (typeof priceKinds)[number]

/**
 * Every country that has no price of its own. R19.
 * @since 0.1.0
 */
export const ANY_COUNTRY = "*"

/**
 * One price: what a unit of a kind costs in a country, from when and until when. R16, R18.
 * @since 0.1.0
 */
export interface Price {
  readonly kind: PriceKind
  /**
   * The recipient's country, two capital letters (ISO 3166-1), or "*" for all that have no price of their own. Of an
   * email always "*", since it goes to no country.
   */
  readonly country: string
  /** PU a unit. 0 is free, which is not the same as having no price. */
  readonly pu: number
  /** UTC instant from which the price holds, included; always, if absent. */
  readonly validFrom?: string
  /** UTC instant from which the price no longer holds: it is excluded; for good, if absent. */
  readonly validUntil?: string
}

const isUtcInstant = (text: string): boolean => {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  // Date.parse turns 30 February into 2 March; a date that moves was not one.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().slice(0, 10) === text.slice(0, 10)
}

const UtcInstant = Schema.String.check(
  Schema.makeFilter(isUtcInstant, { expected: 'a UTC instant such as "2028-01-01T00:00:00Z"' }),
)

const emailIsForAll = Schema.makeFilter(
  ({ kind, country }: Price) =>
    kind !== "EMAIL" ||
    country === ANY_COUNTRY || {
      path: ["country"],
      issue: 'Expected "*", since an email goes to no country',
    },
)

const endsAfterStart = Schema.makeFilter(
  ({ validFrom, validUntil }: Price) =>
    validFrom === undefined ||
    validUntil === undefined ||
    Date.parse(validFrom) < Date.parse(validUntil) || {
      path: ["validUntil"],
      issue: "Expected an instant after validFrom",
    },
)

/**
 * Schema of one price in a policy file. Instants are UTC and written with a Z. R16, R18.
 * @since 0.1.0
 */
export const PriceSchema = Schema.Struct({
  kind: Schema.Literals(priceKinds),
  country: CountryKey,
  pu: PuSchema,
  validFrom: Schema.optionalKey(UtcInstant),
  validUntil: Schema.optionalKey(UtcInstant),
}).check(emailIsForAll, endsAfterStart) satisfies Schema.Codec<Price>

/** When email stops being free by default. R18. */
const EMAIL_FREE_UNTIL = "2028-01-01T00:00:00Z"

/**
 * The product's prices. LMS exists in Korea only, so no other country has a price for it. Email is free for a
 * limited time by a price of 0 with an end. R16, R18.
 * @since 0.1.0
 */
export const defaultPrices: readonly Price[] = [
  { kind: "SMS", country: "KR", pu: 10 },
  { kind: "LMS", country: "KR", pu: 30 },
  { kind: "SMS", country: ANY_COUNTRY, pu: 50 },
  { kind: "SNS", country: ANY_COUNTRY, pu: 8 },
  { kind: "EMAIL", country: ANY_COUNTRY, pu: 0, validUntil: EMAIL_FREE_UNTIL },
  { kind: "EMAIL", country: ANY_COUNTRY, pu: 5, validFrom: EMAIL_FREE_UNTIL },
]

// An instant that cannot be read is NaN and compares false: such a price never holds, and nothing is sent on it.
const holdsAt = (price: Price, atMs: number): boolean =>
  (price.validFrom === undefined || Date.parse(price.validFrom) <= atMs) &&
  (price.validUntil === undefined || atMs < Date.parse(price.validUntil))

const entryAt = (prices: readonly Price[], kind: PriceKind, country: string, atMs: number) =>
  prices.findLast((price) => price.kind === kind && price.country === country && holdsAt(price, atMs))

/**
 * What one unit costs at an instant, in thousandths of a PU: the country's own price before the one for "*", and
 * of several that hold the last listed. `undefined` is no price at all: such a message may not be sent there. An
 * email has no country; ask for "*". Total. R16, R18, R19.
 *
 * @example
 * priceOf(defaultPrices, { kind: "SMS", country: "KR", atMs: 0 }) // => 10_000
 * priceOf(defaultPrices, { kind: "SMS", country: "JP", atMs: 0 }) // => 50_000
 * priceOf(defaultPrices, { kind: "LMS", country: "JP", atMs: 0 }) // => undefined
 * priceOf(defaultPrices, { kind: "EMAIL", country: "*", atMs: Date.UTC(2028, 0, 1) - 1 }) // => 0
 * priceOf(defaultPrices, { kind: "EMAIL", country: "*", atMs: Date.UTC(2028, 0, 1) }) // => 5_000
 * @since 0.1.0
 */
export const priceOf = (
  prices: readonly Price[],
  { kind, country, atMs }: { readonly kind: PriceKind; readonly country: string; readonly atMs: number },
): MilliPu | undefined => {
  const price = entryAt(prices, kind, country, atMs) ?? entryAt(prices, kind, ANY_COUNTRY, atMs)
  return price && puToMilli(price.pu)
}

/**
 * What a message of so many units costs at an instant, in thousandths of a PU; `undefined` when there is no price.
 * Total. R16.
 *
 * @example
 * quote(defaultPrices, { kind: "SMS", country: "JP", units: 3, atMs: 0 }) // => 150_000
 * @since 0.1.0
 */
export const quote = (
  prices: readonly Price[],
  asked: {
    readonly kind: PriceKind
    readonly country: string
    readonly units: number
    readonly atMs: number
  },
): MilliPu | undefined => {
  const price = priceOf(prices, asked)
  return price === undefined ? undefined : price * asked.units
}

/**
 * The prices that hold at an instant, one for each kind and country listed, in the order of the book. Total. R19.
 *
 * @example
 * pricesAt(defaultPrices, 0).filter(({ kind }) => kind === "EMAIL") // => [{ kind: "EMAIL", country: "*", pu: 0 }]
 * @since 0.1.0
 */
export const pricesAt = (
  prices: readonly Price[],
  atMs: number,
): readonly Pick<Price, "kind" | "country" | "pu">[] =>
  prices
    .filter((price) => price === entryAt(prices, price.kind, price.country, atMs))
    .map(({ kind, country, pu }) => ({ kind, country, pu }))

/**
 * A host's prices over the default ones, kind by kind: a kind that the host mentions loses all its default prices,
 * "*" included; the others keep theirs. Total. R16.
 *
 * @example
 * mergePrices([{ kind: "SMS", country: "KR", pu: 9 }]).filter(({ kind }) => kind === "SMS").length // => 1
 * mergePrices([]).length // => 6
 * @since 0.1.0
 */
export const mergePrices = (
  given: readonly Price[],
  defaults: readonly Price[] = defaultPrices,
): readonly Price[] => [
  ...defaults.filter(({ kind }) => !given.some((price) => price.kind === kind)),
  ...given,
]
