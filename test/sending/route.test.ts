import { describe, expect, test } from "vitest"
import type { ClaimedItem } from "../../src/ports/store.ts"
import type { PushMessage, Transport } from "../../src/ports/transport.ts"
import { byVia } from "../../src/sending/providers.ts"
import { routed } from "../../src/sending/route.ts"
import { claimed, pushBy } from "./claimed.ts"

const nowMs = 10_000
const [one, two] = [pushBy("one"), pushBy("two")]
const only = (token: string) => ({ handles: (message: PushMessage) => message.token === token })

const routeOf = (
  services: ReadonlyArray<Transport<PushMessage>>,
  item: ClaimedItem,
  readyAtMs: Readonly<Record<string, number>> = {},
) => routed(byVia(services), item, ({ name }) => readyAtMs[name] ?? 0, nowMs).route

describe("R9: where a message goes", () => {
  test("to whom it was meant for before, while that one gets work, else to the preferred one", () => {
    const meant = claimed(["a"], { providers: ["two"] })
    expect(routeOf([one, two], meant)).toMatchObject({ _tag: "Go", providers: ["two"] })
    expect(routeOf([one, two], meant, { two: nowMs + 1 })).toMatchObject({ _tag: "Go", providers: ["one"] })
    expect(routeOf([one, two], claimed(["a"]))).toMatchObject({ _tag: "Go", providers: ["one"] })
  })
  test("nowhere before the first is ready, if it is worth sending then: at its end it is not", () => {
    const resting = { one: 90_000, two: 60_000 }
    expect(routeOf([one, two], claimed(["a"]), resting)).toEqual({ _tag: "Wait", untilMs: 60_000 })
    expect(routeOf([one, two], claimed(["a"], { expiresAtMs: 60_001 }), resting)).toMatchObject({
      _tag: "Wait",
    })
    expect(routeOf([one, two], claimed(["a"], { expiresAtMs: 60_000 }), resting)).toMatchObject({
      _tag: "Answer",
      result: { _tag: "Rejected", reason: "unreachable" },
    })
  })
  test("nowhere at all when all who take it have refused it for good", () => {
    const refused = [
      { provider: "one", untilMs: null },
      { provider: "two", untilMs: null },
    ]
    expect(routeOf([one, two], claimed(["a"], { refused }))).toMatchObject({
      _tag: "Answer",
      result: { _tag: "Rejected", reason: "config" },
    })
  })
  test("a device whose services rest is told the wait for the first of them, while another one's goes", () => {
    const services = [pushBy("one", only("a")), pushBy("two", only("a")), pushBy("three", only("b"))]
    expect(routeOf(services, claimed(["a", "b"]), { one: 90_000, two: 60_000 })).toMatchObject({
      _tag: "Go",
      providers: ["three"],
      steps: [
        { _tag: "Known", provider: { name: "two" }, result: { retryAfterMs: 50_000 } },
        { _tag: "Call", call: "send" },
      ],
    })
  })
})

describe("R9: what may have been sent", () => {
  const key = { idempotency: "key" } as const
  const lookup = { lookup: async () => undefined }
  const held = (providers: ReadonlyArray<string>, change: Partial<ClaimedItem> = {}) =>
    claimed(["a"], { interrupted: true, providers, ...change })
  const unknown = { _tag: "Answer", result: { _tag: "Uncertain", code: "no transport" } }
  const open = { _tag: "Known", result: { _tag: "Uncertain", code: "interrupted" } }

  test("is repeated under its key while it is wanted, else looked up, else open", () => {
    const stepFor = (more: Partial<Transport<PushMessage>>, change: Partial<ClaimedItem> = {}) => {
      const route = routeOf([one, pushBy("two", more)], held(["two"], change))
      return route._tag === "Go" ? route.steps[0] : route
    }
    const both = { ...key, ...lookup }
    expect(stepFor(both)).toMatchObject({ call: "repeat", offer: { provider: { name: "two" } } })
    expect(stepFor(both, { expiresAtMs: nowMs + 1 })).toMatchObject({ call: "repeat" })
    expect(stepFor(both, { expiresAtMs: nowMs })).toMatchObject({ call: "lookup" })
    expect(stepFor(both, { cancelled: true })).toMatchObject({ call: "lookup" })
    expect(stepFor(lookup)).toMatchObject({ call: "lookup" })
    expect(stepFor({})).toMatchObject(open)
  })
  test("goes to nobody else when its service is gone, or takes it no more", () => {
    const keyed = pushBy("one", key)
    expect(routeOf([keyed], held(["gone"]))).toMatchObject(unknown)
    expect(routeOf([keyed], held(["one", "gone"]))).toMatchObject(unknown)
    const refuses = pushBy("two", { ...key, handles: () => false })
    expect(routeOf([keyed, refuses], held(["two"]))).toMatchObject({ providers: ["two"], steps: [open] })
  })
  test("is nobody's to ask where no device is left", () => {
    expect(routeOf([pushBy("one", key)], claimed([], { interrupted: true, providers: ["one"] }))).toEqual({
      _tag: "Answer",
      result: { _tag: "Uncertain", code: "interrupted" },
    })
  })
  test("of which nobody wrote down where it is, is with the only one there is, or nobody knows", () => {
    const [first, second] = [pushBy("one", key), pushBy("two", key)]
    expect(routeOf([first], held([]))).toMatchObject({ _tag: "Go", providers: ["one"] })
    expect(routeOf([first, second], held([]))).toMatchObject(unknown)
  })
  test("waits for its service; of two services the one that is ready is asked, the other's stays open", () => {
    const services = [pushBy("one", { ...key, ...only("a") }), pushBy("two", { ...key, ...only("b") })]
    const item = claimed(["a", "b"], { interrupted: true, providers: ["one", "two"] })
    expect(routeOf(services, item, { one: 60_000, two: 50_000 })).toEqual({ _tag: "Wait", untilMs: 50_000 })
    expect(routeOf(services, item, { one: nowMs + 1, two: nowMs })).toMatchObject({
      _tag: "Go",
      steps: [open, { call: "repeat", offer: { provider: { name: "two" } } }],
    })
  })
  test("is with its service, and needs no call, where that one rests and cannot be asked anyhow", () => {
    expect(routeOf([one], held(["one"]), { one: 60_000 })).toMatchObject({ _tag: "Go", steps: [open] })
  })
})

test("R1: what was not sent is withdrawn once it is not wanted, at its end included", () => {
  const withdrawn = { _tag: "Answer", result: { _tag: "Withdrawn" } }
  expect(routeOf([one], claimed(["a"], { cancelled: true }))).toEqual(withdrawn)
  expect(routeOf([one], claimed(["a"], { expiresAtMs: nowMs }))).toEqual(withdrawn)
  expect(routeOf([one], claimed(["a"], { expiresAtMs: nowMs + 1 }))).toMatchObject({ _tag: "Go" })
  expect(routeOf([one], claimed([]))).toMatchObject({ result: { _tag: "Rejected", reason: "gone" } })
})
