/** R1, R9, R16: the Decider's laws when the clock that it is told of goes back and forth. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { dueAt } from "../../../src/core/customer/decide.ts"
import { type CustomerState, deliveryIdOf, isOpen } from "../../../src/core/customer/state.ts"
import { anyPolicy } from "../../../src/testing/directory-arbitraries.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { of, play, story } from "./world.ts"

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

const anyJump = fc.oneof(
  { arbitrary: fc.constant(0), weight: 3 },
  fc.integer({ min: -DAY_MS, max: DAY_MS }),
  fc.constantFrom(-1, -30_000, 30_000, -3_600_000, DAY_MS),
)

const sendsUnderWay = (state: CustomerState): ReadonlyArray<string> =>
  Object.values(state.followUps).flatMap(({ id, deliveries }) =>
    Object.values(deliveries).flatMap(({ status, via }) =>
      status === "requested" ? [deliveryIdOf(id, via)] : [],
    ),
  )

it("R1, R9, R16: nothing is asked for twice, never XMS beside an SNS that arrived, the ledger adds up, and all ends", () => {
  fc.assert(
    fc.property(anyCustomerHistory(anyPolicy()), fc.array(anyJump, { minLength: 1 }), (history, jumps) => {
      let shiftMs = 0
      const steps = history.steps.map((step, index) => {
        shiftMs += jumps[index % jumps.length] ?? 0
        return { ...step, nowMs: Math.max(0, step.nowMs + shiftMs) }
      })
      const world = play({ ...history, steps })
      const last = steps.at(-1)
      if (last === undefined) return
      // Once the clock is right again, every send that is still out gets its answer, and every wait its end.
      const latestMs = Math.max(...steps.map(({ nowMs, input }) => Math.max(nowMs, input.atMs)))
      const afterMs = latestMs + YEAR_MS
      for (let round = 0; round < 10; round++) {
        world.wake(afterMs + round * YEAR_MS, last.channel, last.contact)
        for (const deliveryId of sendsUnderWay(world.state))
          world.take(
            {
              _tag: "SendAnswered",
              deliveryId,
              result: { _tag: "Accepted" },
              receiptExpected: false,
              atMs: afterMs,
            },
            afterMs + round * YEAR_MS,
            last.channel,
            last.contact,
          )
      }
      const asked = of(world.events, "DeliveryRequested").map(({ deliveryId }) => deliveryId)
      expect(new Set(asked).size).toBe(asked.length)
      const arrived = of(world.events, "DeliverySettled").filter(
        ({ via, outcome }) =>
          (via === "sns" || via === "xms") && (outcome === "delivered" || outcome === "accepted"),
      )
      // What was accepted may be said to be delivered later: that is one text still.
      expect(new Set(arrived.map(({ followUpId }) => followUpId)).size).toBe(
        new Set(arrived.map(({ deliveryId }) => deliveryId)).size,
      )
      for (const followUp of Object.values(world.state.followUps)) {
        expect(followUp.closedAtMs).not.toBeNull()
        expect(Object.values(followUp.deliveries).filter(isOpen)).toEqual([])
      }
      expect(dueAt(history.policy, world.state)).toBeNull()
      expect(world.ledger.reservedMilli).toBe(0)
    }),
    { numRuns: 150 },
  )
})

const called = (): ReturnType<typeof story> => {
  const one = story()
  one.signal(0, "active")
  one.asks(0)
  one.replies(1)
  return one
}

it("R1: who comes back in another tab by a clock that is behind is called no further", () => {
  const one = called()
  one.signal(10, "left")
  one.signal(9.9, "active", "tab-2")
  one.signal(20, "active", "tab-2")
  one.wakes(60)
  expect(one.asked()).toEqual(["push@10"])
  expect(of(one.world.events, "FollowUpCancelled")).toMatchObject([{ because: "returned" }])
})

it("R1: a heartbeat that was decided after the wake-up that it would have put off cancels the call", () => {
  const one = called()
  one.wakes(270)
  one.signal(269.99, "active")
  expect(of(one.world.events, "FollowUpCancelled")).toMatchObject([{ because: "returned" }])
  one.wakes(400)
  expect(one.asked()).toEqual(["push@270"])
})

it("R1: what else is heard by a clock that is behind brings nobody back", () => {
  const one = called()
  one.signal(10, "left")
  one.answers(9.9, "push", { _tag: "Accepted" })
  one.signal(9.9, "active")
  one.wakes(60)
  expect(one.asked()).toEqual(["push@10", "sns@40", "email@40"])
})
