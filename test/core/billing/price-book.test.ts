import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, it } from "vitest"
import {
  defaultPrices,
  mergePrices,
  type Price,
  PriceSchema,
  priceKinds,
  priceOf,
  pricesAt,
  quote,
} from "../../../src/core/billing/price-book.ts"
import { decodeInput, formatBadInput } from "../../../src/core/decode.ts"

const emailEndsMs = Date.UTC(2028, 0, 1)
const isPrice = Schema.is(PriceSchema)
const priceError = (input: unknown) => {
  const result = Schema.decodeUnknownResult(PriceSchema)(input)
  return result._tag === "Failure" ? result.failure.message : "none"
}

const instants = [undefined, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00.001Z"]
const price: fc.Arbitrary<Price> = fc
  .record({
    kind: fc.constantFrom(...priceKinds),
    country: fc.constantFrom("KR", "JP", "*"),
    pu: fc.integer({ min: 0, max: 60_000 }).map((milli) => milli / 1_000),
    validFrom: fc.constantFrom(...instants),
    validUntil: fc.constantFrom(...instants),
  })
  .map(({ validFrom, validUntil, ...rest }) => ({
    ...rest,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  }))
const book = fc.array(price, { maxLength: 8 })
const atMs = fc
  .constantFrom(...instants.flatMap((text) => (text === undefined ? [] : [Date.parse(text)])))
  .chain((instant) => fc.constantFrom(instant - 1, instant, instant + 1))
const asked = fc.record({
  kind: fc.constantFrom(...priceKinds),
  country: fc.constantFrom("KR", "JP", "US", "*"),
  atMs,
})

it("R16: in Korea an SMS costs 10 PU and an LMS 30, elsewhere a segment of SMS costs 50, an SNS message 8", () => {
  const cost = (kind: Price["kind"], country: string) => priceOf(defaultPrices, { kind, country, atMs: 0 })
  expect(cost("SMS", "KR")).toBe(10_000)
  expect(cost("LMS", "KR")).toBe(30_000)
  for (const country of ["JP", "US", "ZZ", "*"]) expect(cost("SMS", country)).toBe(50_000)
  for (const country of ["KR", "JP", "*"]) expect(cost("SNS", country)).toBe(8_000)
})

it("R16: what has no price is undefined, not free", () => {
  expect(priceOf(defaultPrices, { kind: "LMS", country: "JP", atMs: 0 })).toBeUndefined()
  expect(quote(defaultPrices, { kind: "LMS", country: "JP", units: 1, atMs: 0 })).toBeUndefined()
  expect(priceOf([], { kind: "SMS", country: "KR", atMs: 0 })).toBeUndefined()
})

it("R18: an email is free to the last millisecond of 2027 and costs 5 PU from then on", () => {
  const cost = (at: number) => priceOf(defaultPrices, { kind: "EMAIL", country: "*", atMs: at })
  expect(cost(emailEndsMs - 1)).toBe(0)
  expect(cost(emailEndsMs)).toBe(5_000)
})

it("R18: a price holds from validFrom, included, until validUntil, excluded", () => {
  const prices: Price[] = [
    {
      kind: "SMS",
      country: "*",
      pu: 1,
      validFrom: "2026-01-01T00:00:00Z",
      validUntil: "2026-02-01T00:00:00Z",
    },
  ]
  const cost = (at: number) => priceOf(prices, { kind: "SMS", country: "KR", atMs: at })
  expect(cost(Date.UTC(2026, 0, 1) - 1)).toBeUndefined()
  expect(cost(Date.UTC(2026, 0, 1))).toBe(1_000)
  expect(cost(Date.UTC(2026, 1, 1) - 1)).toBe(1_000)
  expect(cost(Date.UTC(2026, 1, 1))).toBeUndefined()
})

it("R18: a price whose dates cannot be read never holds", () => {
  for (const at of [0, emailEndsMs])
    for (const dates of [{ validFrom: "soon" }, { validUntil: "later" }])
      expect(
        priceOf([{ kind: "SMS", country: "*", pu: 1, ...dates }], { kind: "SMS", country: "KR", atMs: at }),
      ).toBeUndefined()
})

it("R19: a country's own price comes before the one for all, wherever it is listed", () => {
  const own: Price = { kind: "SMS", country: "KR", pu: 10 }
  const all: Price = { kind: "SMS", country: "*", pu: 50 }
  for (const prices of [
    [own, all],
    [all, own],
  ])
    expect(priceOf(prices, { kind: "SMS", country: "KR", atMs: 0 })).toBe(10_000)
})

it("R19: a country's own price that does not hold leaves the one for all", () => {
  const own: Price = { kind: "SMS", country: "KR", pu: 10, validUntil: "2026-02-01T00:00:00Z" }
  const prices: Price[] = [own, { kind: "SMS", country: "*", pu: 50 }]
  expect(priceOf(prices, { kind: "SMS", country: "KR", atMs: Date.UTC(2026, 1, 1) })).toBe(50_000)
})

it("R19: of several prices that hold the last listed counts", () => {
  const prices: Price[] = [
    { kind: "SMS", country: "KR", pu: 10 },
    { kind: "SMS", country: "KR", pu: 11 },
    { kind: "SMS", country: "KR", pu: 12, validFrom: "2030-01-01T00:00:00Z" },
  ]
  expect(priceOf(prices, { kind: "SMS", country: "KR", atMs: 0 })).toBe(11_000)
})

it("R19: the prices listed for now are the ones that are charged, one for each kind and country", () => {
  fc.assert(
    fc.property(book, asked, (prices, ask) => {
      const now = pricesAt(prices, ask.atMs)
      const keys = now.map(({ kind, country }) => `${kind} ${country}`)
      expect(new Set(keys).size).toBe(keys.length)
      const listed =
        now.find(({ kind, country }) => kind === ask.kind && country === ask.country) ??
        now.find(({ kind, country }) => kind === ask.kind && country === "*")
      expect(priceOf(prices, ask)).toBe(listed && Math.round(listed.pu * 1_000))
    }),
  )
})

it("R16: a message of several units costs exactly as many prices", () => {
  fc.assert(
    fc.property(book, asked, fc.integer({ min: 0, max: 1_000 }), (prices, ask, units) => {
      let sumMilli: number | undefined = 0
      const one = priceOf(prices, ask)
      for (let unit = 0; unit < units; unit++) sumMilli += one ?? 0
      expect(quote(prices, { ...ask, units })).toBe(one === undefined ? undefined : sumMilli)
    }),
    { numRuns: 50 },
  )
})

it("R16: a host's prices replace the default ones of the kinds that they mention, and only those", () => {
  fc.assert(
    fc.property(book, asked, (given, ask) => {
      const mentioned = given.some(({ kind }) => kind === ask.kind)
      expect(priceOf(mergePrices(given), ask)).toBe(priceOf(mentioned ? given : defaultPrices, ask))
    }),
  )
})

it("R18: every default price is a price that a file may have", () => {
  for (const entry of defaultPrices) expect(isPrice(entry)).toBe(true)
})

it("R19: a price that is malformed is told where and what was expected", () => {
  const sound = { kind: "SMS", country: "KR", pu: 10 }
  expect(priceError(sound)).toBe("none")
  expect(priceError({ ...sound, kind: "MMS" })).toContain('["kind"]')
  for (const country of ["kr", "KOR", "UK", "KO", "ZZ", ""])
    expect(priceError({ ...sound, country })).toMatch(
      /a country of two capital .*, or "\*"\s+at \["country"\]/,
    )
  expect(priceError({ ...sound, pu: -1 })).toMatch(/an amount of PU.*\s+at \["pu"\]/)
  expect(priceError({ ...sound, pu: "10" })).toMatch(/number\s+at \["pu"\]/)
})

it("R19: a price of an email is one for all countries, since an email goes to none", () => {
  const email = { kind: "EMAIL", country: "*", pu: 3 }
  expect(priceError(email)).toBe("none")
  expect(priceError({ ...email, country: "KR" })).toMatch(/"\*", since an email.*\s+at \["country"\]/)
  const ended = { validFrom: "2026-01-02T00:00:00Z", validUntil: "2026-01-01T00:00:00Z" }
  const both = decodeInput(PriceSchema, { ...email, ...ended, country: "KR" })
  expect(Result.isFailure(both) && formatBadInput(both.failure)).toBe(
    'country: expected "*", since an email goes to no country\nvalidUntil: expected an instant after validFrom',
  )
})

it("R18: the dates of a price are UTC instants that exist, the end after the start", () => {
  const dated = (validFrom: string, validUntil = "2099-01-01T00:00:00Z") =>
    isPrice({ kind: "SMS", country: "KR", pu: 10, validFrom, validUntil })
  for (const text of ["2026-01-01T00:00:00Z", "2026-01-01T00:00Z", "2028-02-29T23:59:59.999Z"])
    expect(dated(text)).toBe(true)
  for (const text of [
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+09:00",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "tomorrow",
  ])
    expect(dated(text)).toBe(false)
  expect(dated("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z")).toBe(true)
  expect(dated("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")).toBe(false)
  expect(dated("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z")).toBe(false)
})
