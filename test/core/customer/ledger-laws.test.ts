/** R16: what follow-ups take from the channel's ledger always balances, whatever happens. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { applyEntry, canReserve, leftMilli, openLedger } from "../../../src/core/billing/ledger.ts"
import { isOpen } from "../../../src/core/customer/state.ts"
import { entryOf } from "../../../src/core/customer/turn.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { play, story, type World } from "./world.ts"

const always = (law: (world: World, usedMilli: number) => void) =>
  fc.assert(
    fc.property(anyCustomerHistory(), fc.boolean(), (history, punctual) =>
      law(play(history, { punctual }), history.usedMilli),
    ),
    { numRuns: 400 },
  )

/** Each delivery's movements in their order, as `reserve settle refund`. */
const movementsOf = ({ events }: World): ReadonlyMap<string, string> => {
  const movements = new Map<string, string>()
  for (const event of events) {
    const entry = entryOf(event)
    if (entry === null || !("deliveryId" in event)) continue
    movements.set(event.deliveryId, `${movements.get(event.deliveryId) ?? ""} ${entry.op}`.trim())
  }
  return movements
}

describe("the ledger under follow-ups", () => {
  it("R16: a delivery reserves once, then settles or releases, and is refunded only after it settled", () => {
    always((world) => {
      for (const path of movementsOf(world).values())
        expect(path).toMatch(/^reserve( release| settle( refund)?)?$/)
    })
  })

  it("R16: a settled delivery holds nothing in reserve, an open one has not lost its reservation", () => {
    always((world) => {
      const movements = movementsOf(world)
      for (const { id, deliveries } of Object.values(world.state.followUps))
        for (const delivery of Object.values(deliveries)) {
          if (delivery.reserve === null) continue
          const path = movements.get(`${id}/${delivery.via}`)
          expect(path === "reserve").toBe(delivery.charge === "reserved")
          if (!isOpen(delivery)) expect(delivery.charge).not.toBe("reserved")
          else expect(path).toMatch(/^reserve( settle)?$/)
        }
    })
  })

  it("R16: the ledger never passes its limit, at no instant", () => {
    always(({ played, policy }, usedMilli) => {
      for (const { ledger, context } of played) {
        const opened = openLedger(context.channel.plan, usedMilli, policy)
        if (ledger.limitMilli === null) continue
        expect(ledger.usedMilli + ledger.reservedMilli).toBeLessThanOrEqual(ledger.limitMilli)
        expect(leftMilli(ledger)).toBeLessThanOrEqual(leftMilli(opened) ?? 0)
      }
    })
  })

  it("R16: the ledger is what the events' entries come to", () => {
    always((world, usedMilli) => {
      const sum = (op: string) =>
        world.events.map(entryOf).reduce((total, entry) => total + (entry?.op === op ? entry.milliPu : 0), 0)
      expect(world.ledger.usedMilli).toBe(usedMilli + sum("settle") - sum("refund"))
      expect(world.ledger.reservedMilli).toBe(sum("reserve") - sum("settle") - sum("release"))
    })
  })

  it("R16: what is refused for lack of PU would not have fitted just then", () => {
    always(({ played, policy }) => {
      for (const { events, context } of played) {
        let { ledger } = context
        for (const event of events) {
          const entry = entryOf(event)
          if (entry === null) continue
          expect(canReserve(ledger, entry.milliPu) && entry.op === "refuse").toBe(false)
          expect(event._tag === "Excluded" && event.reason === "quota-exhausted").toBe(entry.op === "refuse")
          ledger = Result.getOrThrow(applyEntry(ledger, entry, policy)).ledger
        }
      }
    })
  })

  it("R16: the legs of one follow-up share what is left, in their order", () => {
    const one = story({
      policy: { freeLimitPu: 12, prices: [{ kind: "EMAIL", country: "*", pu: 5 }] },
      channel: { integrations: { push: false, sns: false } },
    })
    one.asks(0)
    one.replies(10)
    expect(one.asked()).toEqual(["xms@10"])
    expect(one.excluded()).toEqual(["email quota-exhausted@10"])
  })
})
