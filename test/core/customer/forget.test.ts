/** What stays of a customer who is forgotten: costs and outcomes to the last PU, and nothing that is theirs. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { applyEntry } from "../../../src/core/billing/ledger.ts"
import { puToMilli } from "../../../src/core/billing/pu.ts"
import { endDeliveries, makeAnonymous } from "../../../src/core/customer/forget.ts"
import { entryOf } from "../../../src/core/customer/turn.ts"
import { postLog } from "../../../src/core/history/post-log.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { acme, korean, play, story, type World } from "./world.ts"

const logOf = (events: World["events"]) => postLog(events.map((event) => ({ customerId: "x", event })))

const pusOf = (events: World["events"]) =>
  logOf(events).reduce((sum, entry) => sum + (entry._tag === "Delivery" ? puToMilli(entry.pu) : 0), 0)

const anonymousOf = (events: World["events"]) => {
  const anonymous = makeAnonymous("acme", "forgotten-1")
  return events.flatMap((event) => anonymous(event) ?? [])
}

const endOf = (world: World, mayHaveLeft: (deliveryId: string) => boolean) =>
  endDeliveries(
    world.policy,
    world.state,
    {
      nowMs: world.played.at(-1)?.nowMs ?? 0,
      customerId: "x",
      channel: acme,
      contact: korean,
      ledger: world.ledger,
    },
    mayHaveLeft,
  )

describe("the deliveries of a customer who is forgotten", () => {
  it("R16: nothing stays reserved; the ledger and the post log still say the same", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), fc.func(fc.boolean()), (history, mayHaveLeft) => {
        const world = play(history, { punctual: true })
        const ended = endOf(world, mayHaveLeft)
        let { ledger } = world
        for (const event of ended) {
          const entry = entryOf(event)
          if (entry === null) continue
          const step = applyEntry(ledger, entry)
          expect(Result.isSuccess(step)).toBe(true)
          if (Result.isSuccess(step)) ledger = step.success.ledger
        }
        expect(ledger.reservedMilli).toBe(0)
        const all = [...world.events, ...ended]
        expect(pusOf(all)).toBe(ledger.usedMilli - history.usedMilli)
        expect(logOf(all).filter(({ result }) => result === "Pending")).toEqual([])
      }),
    )
  })

  it("R16: what has not left is taken back, what may have left is uncertain, what was taken over stays sent", () => {
    const one = story({ channel: { integrations: { push: false, sns: true } } })
    one.asks(0)
    one.replies(10)
    const outcomes = (left: boolean) =>
      endOf(one.world, () => left).map((event) =>
        event._tag === "DeliverySettled" ? `${event.via} ${event.outcome} ${event.entry?.op}` : event._tag,
      )
    expect(outcomes(false)).toEqual(["sns withdrawn release", "email withdrawn release"])
    expect(outcomes(true)).toEqual(["sns uncertain settle", "email uncertain settle"])
    one.answers(11, "sns", { _tag: "Accepted" })
    one.answers(12, "email", { _tag: "Uncertain" })
    expect(outcomes(false)).toEqual(["sns accepted undefined", "email uncertain settle"])
  })
})

describe("the history of a customer who is forgotten", () => {
  it("R20: has the same lines: instants, rules, carriers, outcomes and costs", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const world = play(history, { punctual: true })
        const kept = ["_tag", "atMs", "rule", "result", "via", "kind", "segments", "country", "pu", "outcome"]
        const shown = (events: World["events"]) =>
          logOf(events).map((entry) => Object.entries(entry).filter(([name]) => kept.includes(name)))
        expect(shown(anonymousOf(world.events))).toEqual(shown(world.events))
      }),
    )
  })

  it("R20: says neither words nor ids", () => {
    const one = story({ channel: { integrations: { push: false, sns: true } } })
    one.asks(0)
    one.replies(10)
    one.answers(11, "sns", { _tag: "Rejected", reason: "blocked", code: "to +82 10 1234 5678" })
    one.answers(12, "email", { _tag: "Uncertain", code: "to cust-1" })
    const before = JSON.stringify(one.world.events)
    const after = JSON.stringify(anonymousOf(one.world.events))
    for (const secret of ["cust-1", '"c1"', '"m2"', "Yes", "1234"])
      expect([before.includes(secret), after.includes(secret)]).toEqual([true, false])
    expect(after).not.toMatch(/"(text|title|subject|html)":"[^"]/)
    expect(logOf(anonymousOf(one.world.events))).toMatchObject([
      { reason: "blocked", code: null },
      { code: null },
      { code: null },
    ])
  })

  it("R20: what belonged together still does, and deliveries are told apart", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const { events } = play(history, { punctual: true })
        const groups = (all: World["events"], of: "chatId" | "followUpId") => {
          const names = logOf(all).map((entry) => entry[of])
          return names.map((name) => names.indexOf(name))
        }
        const anonymous = anonymousOf(events)
        expect(groups(anonymous, "chatId")).toEqual(groups(events, "chatId"))
        expect(groups(anonymous, "followUpId")).toEqual(groups(events, "followUpId"))
      }),
    )
  })
})
