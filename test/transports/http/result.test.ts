import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  at,
  cleanCode,
  parseJson,
  resultOfStatus,
  retryAfterMs,
  withoutAnswer,
} from "../../../src/transports/http/index.ts"

const answer = (status: number, headers: Record<string, string> = {}) => ({
  _tag: "Answered" as const,
  status,
  headers: new Headers(headers),
  text: "",
})
const wait = (value: string, date?: string) =>
  retryAfterMs(new Headers({ "retry-after": value, ...(date !== undefined && { date }) }))

describe("R20: how long a provider asks to be left alone", () => {
  test("seconds, 0 included, a day at most", () => {
    expect(wait("0")).toBe(0)
    expect(wait(" 7 ")).toBe(7_000)
    expect(wait("86400")).toBe(86_400_000)
    expect(wait("999999999")).toBe(86_400_000)
  })
  test("a date, against the answer's own; one that has passed is now", () => {
    const date = "Mon, 05 Jan 2026 09:00:00 GMT"
    expect(wait("Mon, 05 Jan 2026 09:00:10 GMT", date)).toBe(10_000)
    expect(wait("Mon, 05 Jan 2026 08:00:00 GMT", date)).toBe(0)
    expect(wait("Tue, 05 Jan 2027 09:00:00 GMT", date)).toBe(86_400_000)
    expect(wait("Monday, 05-Jan-26 09:00:10 GMT", date)).toBe(10_000)
  })
  test("30 s when it says nothing that can be understood", () => {
    const date = "Mon, 05 Jan 2026 09:00:00 GMT"
    for (const value of ["", "soon", "-1", "0.5", "1.5", "5, 5", "9999999999", "0x10", "2026-01-05", "5 Jan"])
      for (const beside of [undefined, date]) expect([value, wait(value, beside)]).toEqual([value, 30_000])
    expect(wait("Mon, 05 Jan 2026 09:00:10 GMT")).toBe(30_000)
    expect(wait("Mon, 05 Jan 2026 09:00:10 GMT", "1.5")).toBe(30_000)
    for (const odd of ["45 Jan 2026 09:00:10 GMT", "05 Jan 2026 09:00:10 GMT+0900"])
      expect(wait(`Mon, ${odd}`, date)).toBe(30_000)
    expect(wait("after Mon, 05 Jan 2026 09:00:10 GMT", date)).toBe(30_000)
    expect(retryAfterMs(new Headers())).toBe(30_000)
  })
  test("whatever it says: whole ms from 0 to a day", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
        const waitMs = wait(value, "Mon, 05 Jan 2026 09:00:00 GMT")
        expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= 86_400_000).toBe(true)
      }),
    )
  })
})

describe("R9: what a status means by itself", () => {
  test.each<[number, string]>([
    [400, "unknown"],
    [401, "auth"],
    [402, "quota"],
    [403, "auth"],
    [404, "config"],
    [413, "content"],
    [422, "unknown"],
    ...[300, 301, 302, 303, 307, 308, 405, 406, 410, 411, 414, 415, 431].map((status): [number, string] => [
      status,
      "config",
    ]),
  ])("%i refuses the request for certain: %s", (status, reason) => {
    expect(resultOfStatus(answer(status))).toEqual({ _tag: "Rejected", reason, code: String(status) })
  })
  test("429 may be tried again", () => {
    expect(resultOfStatus(answer(429, { "retry-after": "3" }))).toEqual({
      _tag: "Rejected",
      reason: "rate-limited",
      retryAfterMs: 3_000,
      code: "429",
    })
  })
  test("a status that does not refuse the request is uncertain: success, 408, 409, 425 and every 5xx", () => {
    for (const status of [200, 201, 202, 204, 408, 409, 421, 425, 499, 500, 501, 502, 503, 504, 529])
      expect(resultOfStatus(answer(status))._tag).toBe("Uncertain")
  })
  test("without an answer: refused while certain that nothing left, else uncertain", () => {
    expect(withoutAnswer({ _tag: "NotSent", code: "ECONNREFUSED" })).toEqual({
      _tag: "Rejected",
      reason: "unreachable",
      retryAfterMs: 30_000,
      code: "ECONNREFUSED",
    })
    expect(withoutAnswer({ _tag: "Lost", code: "timed out" })).toEqual({
      _tag: "Uncertain",
      code: "timed out",
    })
  })
  test("R20: a code that is not a plain word is left out", () => {
    expect(cleanCode(21_610)).toBe("21610")
    for (const code of ["to +821012345678", "a@b.example", "네", "", undefined, {}, "a".repeat(61)])
      expect(cleanCode(code)).toBe("")
    expect(resultOfStatus(answer(400), "to +82 10")).toEqual({ _tag: "Rejected", reason: "unknown" })
  })
})

describe("parts of an answer", () => {
  test("are found by their path, and only what is the answer's own", () => {
    const value = parseJson('{"a":[{"b":1}],"n":null}')
    expect(at(value, "a", 0, "b")).toBe(1)
    for (const path of [["x"], ["n", "b"], ["a", 1], ["a", 0, "b", "c"], ["constructor"], ["a", "map"]])
      expect(at(value, ...path)).toBeUndefined()
    expect(parseJson("{")).toBeUndefined()
  })
})
