/** R6–R9: the next step of a follow-up, and how waits end, each by itself. */
import { describe, expect, it } from "vitest"
import { deadlineAfterAnswer, defaultCascade, nextStep, outcomeAtDeadline } from "../../src/core/cascade.ts"
import type { Delivery, DeliveryStatus, FollowUp, Via } from "../../src/core/customer/state.ts"

const delivery = (via: Via, status: DeliveryStatus): Delivery => ({
  via,
  status,
  requestedAtMs: 1_000,
  deadlineMs: null,
  reserve: null,
  charge: "none",
  late: false,
})

const followUp = (
  statuses: Partial<Record<Via, DeliveryStatus>>,
  more: Partial<FollowUp> = {},
): FollowUp => ({
  id: "acme/cust-1/c1/m2",
  chatId: "c1",
  replies: [{ messageId: "m2", text: "Yes.", atMs: 0 }],
  readIds: [],
  startedAtMs: 0,
  cancelled: null,
  withheld: [],
  deliveries: Object.fromEntries(
    Object.entries(statuses).map(([via, status]) => [via, delivery(via as Via, status)]),
  ),
  closedAtMs: null,
  ...more,
})

const open: ReadonlyArray<DeliveryStatus> = ["requested", "waiting", "unconfirmed"]
const arrived: ReadonlyArray<DeliveryStatus> = ["received", "delivered", "accepted"]
const gone: ReadonlyArray<DeliveryStatus> = ["failed", "blocked", "timed-out", "withdrawn"]

describe("the next step", () => {
  it("R8: without push the text starts first and the email right after, neither waiting", () => {
    expect(nextStep(followUp({}))).toEqual({ _tag: "Start", leg: "text" })
    for (const sns of [...open, ...arrived])
      expect(nextStep(followUp({ sns }))).toEqual({ _tag: "Start", leg: "email" })
    expect(nextStep(followUp({}, { withheld: ["text"] }))).toEqual({ _tag: "Start", leg: "email" })
  })

  it("R6: while push is open nothing else starts", () => {
    for (const push of open) expect(nextStep(followUp({ push }))).toBeUndefined()
  })

  it("R7: push received closes the follow-up, push not received starts text and email", () => {
    expect(nextStep(followUp({ push: "received" }))).toEqual({ _tag: "Close" })
    for (const push of [...gone, "uncertain" as const])
      expect(nextStep(followUp({ push }))).toEqual({ _tag: "Start", leg: "text" })
  })

  it("R9: XMS starts after an SNS that is settled as not arrived, whatever the email does", () => {
    for (const email of [...open, ...arrived, ...gone]) {
      for (const sns of gone) expect(nextStep(followUp({ sns, email }))).toEqual({ _tag: "StartXms" })
      for (const sns of arrived) expect(nextStep(followUp({ sns, email }))?._tag).not.toBe("StartXms")
      for (const sns of open) expect(nextStep(followUp({ sns, email }))).toBeUndefined()
    }
  })

  it("R9: after an uncertain SNS policy decides", () => {
    const uncertain = followUp({ sns: "uncertain", email: "delivered" })
    expect(nextStep(uncertain)).toEqual({ _tag: "Close" })
    expect(nextStep(uncertain, { ...defaultCascade, onUncertain: "fall-back" })).toEqual({ _tag: "StartXms" })
  })

  it("R9: XMS starts once, and not when the text is withheld", () => {
    for (const xms of [...open, ...arrived, ...gone])
      expect(nextStep(followUp({ sns: "failed", xms, email: "failed" }))?._tag).not.toBe("StartXms")
    expect(nextStep(followUp({ sns: "failed", email: "delivered" }, { withheld: ["text"] }))).toEqual({
      _tag: "Close",
    })
  })

  it("R1: a cancelled follow-up withholds what it would start, even while push is open", () => {
    const cancelled = "returned" as const
    for (const push of [...open, ...gone])
      expect(nextStep(followUp({ push }, { cancelled }))).toEqual({
        _tag: "Withhold",
        legs: ["text", "email"],
        carrier: null,
        because: "returned",
      })
    expect(nextStep(followUp({ sns: "failed", email: "waiting" }, { cancelled }))).toEqual({
      _tag: "Withhold",
      legs: ["text"],
      carrier: "xms",
      because: "returned",
    })
    expect(nextStep(followUp({ push: "received" }, { cancelled }))).toEqual({ _tag: "Close" })
  })

  it("R20: a closed follow-up needs nothing more", () => {
    expect(nextStep(followUp({}, { closedAtMs: 5 }))).toBeUndefined()
  })
})

describe("the waits", () => {
  it("R7: a push times out however far it came; R9: what nobody vouches for is uncertain", () => {
    for (const status of open) expect(outcomeAtDeadline(delivery("push", status))).toBe("timed-out")
    expect(outcomeAtDeadline(delivery("sns", "waiting"))).toBe("timed-out")
    expect(outcomeAtDeadline(delivery("xms", "waiting"))).toBe("timed-out")
    expect(outcomeAtDeadline(delivery("email", "waiting"))).toBe("accepted")
    for (const via of ["sns", "xms", "email"] as const)
      expect(outcomeAtDeadline(delivery(via, "unconfirmed"))).toBe("uncertain")
  })

  it("R7: a push has 30 000 ms from being asked for; R9: an SNS 60 000 ms from the answer", () => {
    const at = (via: Via) => deadlineAfterAnswer(delivery(via, "requested"), 5_000, defaultCascade)
    expect(at("push")).toBe(31_000)
    expect(at("sns")).toBe(65_000)
    expect(at("xms")).toBe(86_405_000)
    expect(at("email")).toBe(86_405_000)
  })
})
