/** R9: SNS first, then XMS, and only one of the two. */
import { describe, expect, it } from "vitest"
import { takenBackBy } from "../../../src/core/customer/evolve.ts"
import { isWanted } from "../../../src/core/customer/state.ts"
import { rejectReasons } from "../../../src/core/send-result.ts"
import { of, story } from "./world.ts"

const noPush = { integrations: { push: false, sns: true } }
const texted = (given: Parameters<typeof story>[0] = {}) => {
  const it = story({
    ...given,
    channel: { ...noPush, settings: { phoneNumber: true, email: false }, ...given.channel },
  })
  it.asks(0)
  it.replies(10)
  return it
}

describe("a text", () => {
  it("R9: XMS takes over from an SNS that was refused, whatever the reason", () => {
    for (const reason of rejectReasons) {
      const one = texted()
      one.answers(11, "sns", { _tag: "Rejected", reason })
      expect(one.asked()).toEqual(["sns@10", "xms@11"])
      const blocked = reason === "blocked" || reason === "opted-out"
      expect(one.settled()).toEqual([`sns ${blocked ? "blocked" : "failed"}@11`])
    }
  })

  it("R9: XMS takes over from an SNS that its receipt says failed", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.receipt(20, "sns", "failed")
    expect(one.asked()).toEqual(["sns@10", "xms@20"])
  })

  it("R9: XMS takes over at the SNS deadline, 60 000 ms after acceptance, and not at 59 999 ms", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.wakes(70.999)
    expect(one.asked()).toEqual(["sns@10"])
    one.wakes(71)
    expect(one.asked()).toEqual(["sns@10", "xms@71"])
  })

  it("R9: an SNS confirmed just before its deadline is the only text", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.receipt(70.999, "sns", "delivered")
    one.wakes(100_000)
    expect(one.asked()).toEqual(["sns@10"])
    expect(one.settled()).toEqual(["sns delivered@70.999"])
  })

  it("R9: an SNS whose provider tells nothing more has done its work", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" }, false)
    one.wakes(100_000)
    expect(one.asked()).toEqual(["sns@10"])
    expect(one.settled()).toEqual(["sns accepted@11"])
  })

  it("R9: should it fail after all, no XMS comes, email open or not, and its PU come back", () => {
    for (const email of [true, false]) {
      const one = texted({ channel: { settings: { phoneNumber: true, email } } })
      one.answers(11, "sns", { _tag: "Accepted" }, false)
      expect(of(one.receipt(20, "sns", "failed"), "ReceiptCameLate")).toMatchObject([
        { entry: { op: "refund" } },
      ])
      expect(one.asked()).not.toContain("xms@20")
      expect(one.world.ledger.usedMilli).toBe(0)
    }
  })

  it("R9: no XMS follows an SNS of which nobody knows by its deadline whether it was sent", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Uncertain" })
    one.wakes(100_000)
    expect(one.asked()).toEqual(["sns@10"])
    expect(one.settled()).toEqual(["sns uncertain@71"])
    expect(one.world.ledger.usedMilli).toBe(8_000)
  })

  it("R9: policy may rather deliver twice than not at all", () => {
    const one = texted({ policy: { cascade: { onUncertain: "fall-back" } } })
    one.answers(11, "sns", { _tag: "Uncertain" })
    one.wakes(71)
    expect(one.asked()).toEqual(["sns@10", "xms@71"])
  })

  it("R9: nobody waits for an SNS of which nothing more can be heard: it is uncertain at once, and policy decides", () => {
    for (const [onUncertain, asked] of [
      ["give-up", ["sns@10"]],
      ["fall-back", ["sns@10", "xms@11"]],
    ] as const) {
      const one = texted({ policy: { cascade: { onUncertain } } })
      one.answers(11, "sns", { _tag: "Uncertain", code: "timed out" }, false)
      expect(of(one.world.events, "DeliverySettled")).toMatchObject([
        { atMs: 11_000, outcome: "uncertain", code: "timed out", entry: { op: "settle" } },
      ])
      expect(one.asked()).toEqual(asked)
      expect(one.world.ledger.usedMilli).toBe(8_000)
      one.wakes(100_000)
      expect(one.asked()).toEqual(asked)
    }
  })

  it("R9: nor for an XMS or an email; a receipt that comes all the same is late", () => {
    const one = story({ channel: { integrations: { push: false, sns: false } } })
    one.asks(0)
    one.replies(10)
    for (const via of ["xms", "email"]) one.answers(11, via, { _tag: "Uncertain" }, false)
    expect(one.settled()).toEqual(["xms uncertain@11", "email uncertain@11"])
    expect(one.world.ledger).toMatchObject({ usedMilli: 10_000, reservedMilli: 0 })
    expect(of(one.world.events, "FollowUpClosed")).toMatchObject([{ atMs: 11_000 }])
    expect(of(one.receipt(12, "xms", "failed"), "ReceiptCameLate")).toMatchObject([
      { entry: { op: "refund" } },
    ])
    expect(one.world.ledger.usedMilli).toBe(0)
  })

  it("R9: an uncertain SNS that is then looked up settles as the provider says", () => {
    const refused = texted()
    refused.answers(11, "sns", { _tag: "Uncertain" })
    refused.answers(15, "sns", { _tag: "Rejected", reason: "provider-error" })
    expect(refused.asked()).toEqual(["sns@10", "xms@15"])

    const confirmed = texted()
    confirmed.answers(11, "sns", { _tag: "Uncertain" })
    confirmed.receipt(15, "sns", "delivered")
    expect(confirmed.settled()).toEqual(["sns delivered@15"])
  })

  it("R9: an SNS taken back before it left hands over; one that may have left cannot be taken back", () => {
    const before = texted()
    before.answers(11, "sns", { _tag: "Withdrawn" })
    expect(before.asked()).toEqual(["sns@10", "xms@11"])

    const after = texted()
    after.answers(11, "sns", { _tag: "Uncertain" })
    expect(after.answers(12, "sns", { _tag: "Withdrawn" })).toEqual([])
    expect(after.asked()).toEqual(["sns@10"])
  })

  it("R9: news of an SNS after the XMS took over is late, and neither is undone", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.wakes(71)
    one.answers(72, "xms", { _tag: "Accepted" })
    expect(of(one.receipt(73, "sns", "delivered"), "ReceiptCameLate")).toMatchObject([{ costMilli: 10_000 }])
    expect(one.world.ledger.usedMilli).toBe(18_000)
  })

  it("R9: an XMS that has not left is not wanted any more once the SNS arrived after all, and gives its PU back", () => {
    const arrives = (status: "delivered" | "failed") => {
      const one = texted()
      one.answers(11, "sns", { _tag: "Accepted" })
      one.wakes(71)
      const xms = of(one.world.events, "DeliveryRequested").at(-1)?.deliveryId ?? expect.fail()
      expect(isWanted(one.world.state, xms)).toBe(true)
      expect(one.receipt(73, "sns", status).flatMap(takenBackBy)).toEqual(status === "delivered" ? [xms] : [])
      expect(isWanted(one.world.state, xms)).toBe(status === "failed")
      return one
    }
    arrives("failed")
    const one = arrives("delivered")
    one.answers(74, "xms", { _tag: "Withdrawn" })
    expect(one.settled()).toEqual(["sns timed-out@71", "xms withdrawn@74"])
    expect(one.world.ledger).toMatchObject({ usedMilli: 8_000, reservedMilli: 0 })
  })

  it("R9: an SNS that arrived is the only text also where it was first said to have failed, late", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.wakes(71)
    const xms = of(one.world.events, "DeliveryRequested").at(-1)?.deliveryId ?? expect.fail()
    one.receipt(72, "sns", "failed")
    expect(one.receipt(73, "sns", "delivered").flatMap(takenBackBy)).toEqual([xms])
    expect(isWanted(one.world.state, xms)).toBe(false)
    expect(one.receipt(74, "sns", "delivered")).toEqual([])
    expect(one.receipt(75, "sns", "failed")).toEqual([])
    one.answers(76, "xms", { _tag: "Withdrawn" })
    expect(one.world.ledger).toMatchObject({ usedMilli: 0, reservedMilli: 0 })
  })

  it("R9: what an older version heard of late, told again, is nothing new", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.wakes(71)
    one.receipt(73, "sns", "delivered")
    one.world.state = JSON.parse(JSON.stringify(one.world.state).replaceAll(/,"failedLate":\w+/g, ""))
    expect(one.receipt(74, "sns", "delivered")).toEqual([])
  })

  it("R9: an SNS confirmed after its deadline, but before XMS was asked for, is the only text", () => {
    for (const [answer, onUncertain] of [
      ["Accepted", "give-up"],
      ["Uncertain", "fall-back"],
    ] as const) {
      const one = texted({ policy: { cascade: { onUncertain } } })
      one.answers(11, "sns", { _tag: answer })
      const { context } = one.world.played[0] ?? expect.fail()
      const [sns] = of(one.world.events, "DeliveryRequested")
      // Nobody woke the customer up at 71 s: the engine was down, and the receipt is the first to reach it.
      one.world.take(
        { _tag: "Receipt", deliveryId: sns?.deliveryId ?? "", status: "delivered", atMs: 100_000 },
        100_000,
        context.channel,
        context.contact,
      )
      expect(one.asked()).toEqual(["sns@10"])
      expect(one.settled()).toEqual(["sns delivered@100"])
      expect(one.world.ledger).toMatchObject({ usedMilli: 8_000, reservedMilli: 0 })
    }
  })

  it("R9: an SNS that is said to have failed only after its deadline timed out before, woken up or not", () => {
    for (const isPunctual of [true, false]) {
      const one = texted()
      one.answers(11, "sns", { _tag: "Accepted" })
      const { context } = one.world.played[0] ?? expect.fail()
      const [sns] = of(one.world.events, "DeliveryRequested")
      if (isPunctual) one.wakes(71)
      one.world.take(
        { _tag: "Receipt", deliveryId: sns?.deliveryId ?? "", status: "failed", atMs: 100_000 },
        100_000,
        context.channel,
        context.contact,
      )
      const atSeconds = isPunctual ? 71 : 100
      expect(one.settled()).toEqual([`sns timed-out@${atSeconds}`])
      expect(one.asked()).toEqual(["sns@10", `xms@${atSeconds}`])
      expect(of(one.world.events, "ReceiptCameLate")).toMatchObject([{ status: "failed" }])
    }
  })

  it("R9: what a late SNS cost meanwhile is the XMS, never the email", () => {
    const one = story({
      channel: noPush,
      policy: { prices: [{ kind: "EMAIL", country: "*", pu: 5 }] },
    })
    one.asks(0)
    one.replies(10)
    one.answers(11, "sns", { _tag: "Accepted" })
    one.answers(11, "email", { _tag: "Accepted" }, false)
    one.wakes(71)
    expect(of(one.receipt(73, "sns", "delivered"), "ReceiptCameLate")).toMatchObject([{ costMilli: 10_000 }])
    expect(of(one.receipt(74, "email", "failed"), "ReceiptCameLate")).toEqual([])
  })

  it("R9: only a carrier that refused costs nothing", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    expect(one.world.ledger.usedMilli).toBe(8_000)
    one.receipt(12, "sns", "failed")
    expect(one.world.ledger.usedMilli).toBe(0)
    one.answers(13, "xms", { _tag: "Rejected", reason: "filtered" })
    expect(one.world.ledger).toMatchObject({ usedMilli: 0, reservedMilli: 0 })
  })

  it("R9: an answer that comes twice, or after the outcome, is stale", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    expect(one.answers(12, "sns", { _tag: "Rejected", reason: "unknown" })).toEqual([])
    one.receipt(13, "sns", "delivered")
    expect(one.receipt(14, "sns", "failed")).toEqual([])
    expect(one.answers(15, "sns", { _tag: "Uncertain" })).toEqual([])
  })

  it("R9: an SNS too long for the messaging app goes by XMS at once", () => {
    const one = story({ policy: { snsMaxChars: 2, onTooLong: "refuse" }, channel: noPush })
    one.asks(0)
    one.replies(10)
    expect(one.asked()).toEqual(["xms@10", "email@10"])
  })

  it("R9: where there is no price for SNS, the text goes by XMS at once", () => {
    const japanese = { phone: { _tag: "Mobile", e164: "+819012345678", country: "JP" } } as const
    const policy = {
      prices: [
        { kind: "SNS", country: "KR", pu: 7 },
        { kind: "SMS", country: "*", pu: 50 },
      ],
    } as const
    expect(texted({ policy }).asked()).toEqual(["sns@10"])
    expect(texted({ policy, contact: japanese }).asked()).toEqual(["xms@10"])
    const unserved = texted({
      policy: { prices: policy.prices.map((price) => ({ ...price, country: "KR" })) },
      contact: japanese,
    })
    expect(unserved.asked()).toEqual([])
    expect(unserved.excluded()).toContain("text country-not-allowed@10")
  })

  it("R9: the directory is asked again before XMS takes over", () => {
    const one = texted()
    const { context } = one.world.played[0] ?? expect.fail()
    const [sns] = of(one.world.events, "DeliveryRequested")
    one.world.take(
      {
        _tag: "SendAnswered",
        deliveryId: sns?.deliveryId ?? "",
        result: { _tag: "Rejected", reason: "blocked" },
        receiptExpected: true,
        atMs: 11_000,
      },
      11_000,
      context.channel,
      { ...context.contact, optedOut: ["text"] },
    )
    expect(one.asked()).toEqual(["sns@10"])
    expect(one.excluded()).toContain("text opted-out@11")
  })
})
