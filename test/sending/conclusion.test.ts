import { describe, expect, test } from "vitest"
import type { ClaimedItem } from "../../src/ports/store.ts"
import type { PushMessage, SendResult, Transport } from "../../src/ports/transport.ts"
import { conclude, waitsUntil } from "../../src/sending/conclusion.ts"
import { claimed, partsBy, pushBy } from "./claimed.ts"

const policy = { timeoutMs: 15_000, graceMs: 1_000, maxAttempts: 3, backoffMs: 2_000 }
const nowMs = 10_000

type Services = ReadonlyArray<Transport<PushMessage>>
interface Standings {
  /** From when on a service gets work, by its name; the others always do. */
  readonly readyAtMs?: Readonly<Record<string, number>>
  readonly open?: ReadonlyArray<string>
}

/** What it comes to when each device's push had this result from this service; without one, nobody was asked. */
const concluded = (
  services: Services,
  item: ClaimedItem,
  came: ReadonlyArray<
    readonly [by: string | undefined, result: SendResult, call?: "send" | "repeat" | "none"]
  >,
  { readyAtMs = {}, open = [] }: Standings = {},
) => {
  const parts = partsBy(services, item)
  const results = came.map(([by, result, call = "send"], index) => {
    const offer = parts[index]?.find(({ provider }) => provider.name === by)
    return offer === undefined || call === "none"
      ? { step: { _tag: "Known", result } as const, provider: offer?.provider, result }
      : { step: { _tag: "Call", offer, call } as const, provider: offer.provider, result }
  })
  const providers = came.flatMap(([by]) => by ?? [])
  return conclude(
    { item, parts, providers, results },
    {
      nowMs,
      policy,
      circuits: {
        readyAtMs: ({ name }) => readyAtMs[name] ?? 0,
        isOpen: ({ name }) => open.includes(name),
      },
    },
  )
}

const refused = (reason: "rate-limited" | "auth" | "gone" | "config", retryAfterMs?: number): SendResult => ({
  _tag: "Rejected",
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})
const unsure: SendResult = { _tag: "Uncertain" }
const two = [pushBy("one"), pushBy("two")]

describe("R9: what some refused", () => {
  test("goes to the next at once, and back to the first when the longest wait that it asked for is over", () => {
    const came = [
      ["one", refused("rate-limited", 30_000)],
      ["one", refused("rate-limited", 5_000)],
    ] as const
    expect(concluded(two, claimed(["a", "b"]), came)).toMatchObject({
      postponement: {
        notBeforeMs: nowMs,
        interrupted: false,
        providers: ["two"],
        refused: [{ provider: "one", untilMs: nowMs + 30_000 }],
      },
    })
  })
  test("is refused by nobody as a whole while one device was refused for its own sake", () => {
    const came = [
      ["one", refused("rate-limited", 30_000)],
      ["one", refused("gone")],
    ] as const
    expect(concluded(two, claimed(["a", "b"]), came)).toMatchObject({
      postponement: { notBeforeMs: nowMs + 30_000, providers: ["one"], refused: [] },
    })
  })
  test("is refused by nobody who was not asked", () => {
    const came = [
      [undefined, refused("config")],
      ["one", refused("gone")],
    ] as const
    expect(concluded(two, claimed(["a", "b"]), came)).toMatchObject({
      _tag: "Answer",
      result: refused("config"),
      provider: undefined,
    })
    const leftAlone = [
      ["one", refused("auth")],
      ["two", refused("rate-limited", 40_000), "none"],
    ] as const
    expect(concluded(two, claimed(["a", "b"]), leftAlone)).toMatchObject({
      postponement: { refused: [{ provider: "one", untilMs: null }] },
    })
  })
  test("is remembered of each once, by its newest word", () => {
    const item = claimed(["a"], {
      refused: [
        { provider: "one", untilMs: 1 },
        { provider: "two", untilMs: 50_000 },
      ],
    })
    expect(concluded(two, item, [["one", refused("auth")]])).toMatchObject({
      postponement: {
        notBeforeMs: 50_000,
        providers: ["two"],
        refused: [
          { provider: "two", untilMs: 50_000 },
          { provider: "one", untilMs: null },
        ],
      },
    })
  })
  test("waits for a service that rests, also where that wait is the longer one", () => {
    const gone = [
      ["one", refused("rate-limited", 5_000)],
      ["one", refused("gone")],
    ] as const
    expect(concluded(two, claimed(["a", "b"]), gone, { readyAtMs: { one: 60_000 } })).toMatchObject({
      postponement: { notBeforeMs: 60_000, providers: ["one"] },
    })
  })
})

describe("R9: what may have been sent", () => {
  const withKeys = [pushBy("one", { idempotency: "key" }), pushBy("two")]
  test("stays where it is until its service gets work again, and forgets nobody who refused it", () => {
    const item = claimed(["a"], { refused: [{ provider: "two", untilMs: null }] })
    const rest = { interrupted: true, providers: ["one"], refused: item.refused }
    expect(concluded(withKeys, item, [["one", unsure]])).toMatchObject({
      postponement: { ...rest, notBeforeMs: nowMs + 2_000 },
    })
    expect(concluded(withKeys, item, [["one", unsure]], { readyAtMs: { one: 60_000 } })).toMatchObject({
      postponement: { ...rest, notBeforeMs: 60_000 },
    })
  })
  test("is asked again no sooner than its service says, and not at all once it is not wanted", () => {
    expect(
      concluded(withKeys, claimed(["a"], { interrupted: true }), [
        ["one", refused("rate-limited", 30_000), "repeat"],
      ]),
    ).toMatchObject({ postponement: { interrupted: true, notBeforeMs: nowMs + 30_000 } })
    const unwanted = claimed(["a"], { interrupted: true, cancelled: true })
    expect(concluded(withKeys, unwanted, [["one", unsure]])).toMatchObject({ _tag: "Answer", result: unsure })
  })
  test("is decided by no device that was refused", () => {
    expect(
      concluded(two, claimed(["a", "b"]), [
        ["one", refused("gone")],
        ["one", unsure],
      ]),
    ).toMatchObject({ _tag: "Answer", result: unsure })
  })
})

test("R8: attempts at a service that is out of order do not count, others do", () => {
  const came = [["one", refused("rate-limited", 1_000)]] as const
  const item = claimed(["a"], { attempt: 3 })
  expect(concluded([pushBy("one")], item, came, { open: ["one"] })).toMatchObject({
    postponement: { attempts: 2 },
  })
  expect(concluded([pushBy("one")], item, came, { open: ["two"] })).toMatchObject({ _tag: "Answer" })
})

test("R9: what waits for a provider may have been sent as before, and was not tried", () => {
  const item = claimed(["a"], { attempt: 3, interrupted: true, providers: ["one"] })
  expect(waitsUntil(item, 50_000)).toEqual({
    deliveryId: item.deliveryId,
    providers: ["one"],
    refused: [],
    interrupted: true,
    attempts: 2,
    notBeforeMs: 50_000,
  })
})
