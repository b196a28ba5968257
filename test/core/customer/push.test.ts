/** R6, R7: push first, and what follows when it is not received. */

import { describe, expect, it } from "vitest"
import { takenBackBy } from "../../../src/core/customer/evolve.ts"
import { of, story } from "./world.ts"

const called = (given: Parameters<typeof story>[0] = {}) => {
  const it = story(given)
  it.asks(0)
  it.replies(10)
  return it
}

describe("push", () => {
  it("R6: with push integrated and a device, the push alone is asked for", () => {
    expect(called().asked()).toEqual(["push@10"])
  })

  it("R6: the push carries the channel's name and the replies, and costs nothing", () => {
    const [push] = of(called().world.events, "DeliveryRequested")
    expect(push).toMatchObject({ content: { title: "Acme", text: "Yes." }, entry: null, rule: "R6" })
  })

  it("R6: every time the customer goes offline with something new to read, push goes first", () => {
    const one = called()
    one.receipt(12, "push", "received")
    one.signal(20, "active")
    one.replies(21, "m3")
    one.signal(30, "left")
    expect(one.asked()).toEqual(["push@10", "push@30"])
  })

  it("R8: without push, a device or the customer's leave, text and email go at once", () => {
    for (const given of [
      { channel: { integrations: { push: false, sns: true } } },
      { contact: { pushTokens: [] } },
      { contact: { optedOut: ["push" as const] } },
    ])
      expect(called(given).asked()).toEqual(["sns@10", "email@10"])
  })

  it("R7: received 29 999 ms after it was asked for, nothing else is sent; after 30 000 ms it is too late", () => {
    const inTime = called()
    inTime.receipt(39.999, "push", "received")
    inTime.wakes(3_600)
    expect(inTime.asked()).toEqual(["push@10"])
    expect(inTime.settled()).toEqual(["push received@39.999"])

    const late = called()
    late.receipt(40, "push", "received")
    expect(late.asked()).toEqual(["push@10", "sns@40", "email@40"])
    expect(late.settled()).toEqual(["push timed-out@40"])
  })

  it("R7: a receipt at the deadline is too late even where no wake-up came first", () => {
    const late = called()
    const [push] = of(late.world.events, "DeliveryRequested")
    late.world.take(
      { _tag: "Receipt", deliveryId: push?.deliveryId ?? "", status: "received", atMs: 40_000 },
      40_000,
      late.world.played[0]?.context.channel ?? expect.fail(),
      late.world.played[0]?.context.contact ?? expect.fail(),
    )
    expect(late.asked()).toEqual(["push@10", "sns@40", "email@40"])
  })

  it("R7: the push service's acceptance is not the app's receipt, and does not prolong the wait", () => {
    for (const receiptExpected of [true, false]) {
      const one = called()
      one.answers(39, "push", { _tag: "Accepted" }, receiptExpected)
      one.wakes(41)
      expect(one.asked()).toEqual(["push@10", "sns@40", "email@40"])
    }
  })

  it("R7: a push that every device rejects is followed by text and email at once", () => {
    const one = called()
    one.answers(11, "push", { _tag: "Rejected", reason: "gone" })
    expect(one.asked()).toEqual(["push@10", "sns@11", "email@11"])
  })

  it("R7: a push that may not have been sent is given its 30 s", () => {
    for (const receiptExpected of [true, false]) {
      const one = called()
      one.answers(12, "push", { _tag: "Uncertain" }, receiptExpected)
      one.wakes(39)
      expect(one.asked()).toEqual(["push@10"])
      one.wakes(40)
      expect(one.asked()).toEqual(["push@10", "sns@40", "email@40"])
    }
  })

  it("R7: a receipt after the fallback is recorded as late, with what the fallback cost", () => {
    const one = called()
    one.wakes(40)
    one.answers(41, "sns", { _tag: "Accepted" })
    const events = one.receipt(45, "push", "received")
    expect(of(events, "ReceiptCameLate")).toMatchObject([
      { via: "push", status: "received", costMilli: 8_000 },
    ])
    expect(one.receipt(46, "push", "received")).toEqual([])
    expect(one.settled()).toEqual(["push timed-out@40"])
  })

  it("R7: a late receipt says nothing of what was refused meanwhile", () => {
    const one = called()
    one.wakes(40)
    one.answers(41, "sns", { _tag: "Rejected", reason: "blocked" })
    one.answers(42, "xms", { _tag: "Accepted" })
    expect(of(one.receipt(45, "push", "received"), "ReceiptCameLate")).toMatchObject([{ costMilli: 10_000 }])
  })
})

it("R7: a push that is received after all takes back neither the text nor the email sent for it", () => {
  const one = story({ channel: { integrations: { push: true, sns: false } } })
  one.asks(0)
  one.replies(10)
  one.wakes(40)
  one.receipt(41, "push", "received")
  const late = of(one.world.events, "ReceiptCameLate")
  expect(late).toMatchObject([{ via: "push" }])
  expect(late.flatMap(takenBackBy)).toEqual([])
  one.answers(42, "xms", { _tag: "Uncertain" })
  one.answers(43, "xms", { _tag: "Accepted" })
  one.receipt(44, "xms", "delivered")
  expect(of(one.world.events, "DeliverySettled").at(-1)).toMatchObject({ via: "xms", outcome: "delivered" })
})
