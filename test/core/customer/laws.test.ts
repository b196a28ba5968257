/** R1, R6–R9: laws of the Decider over arbitrary histories, sense or nonsense, at any instants. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decide, dueAt, evolve, takeInput } from "../../../src/core/customer/decide.ts"
import { evolveAll } from "../../../src/core/customer/evolve.ts"
import { InputSchema } from "../../../src/core/customer/input.ts"
import { type CustomerState, initialState, isOpen } from "../../../src/core/customer/state.ts"
import { decodeInput } from "../../../src/core/decode.ts"
import { presenceAt } from "../../../src/core/presence.ts"
import { anyPolicy } from "../../../src/testing/directory-arbitraries.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { of, play, type World } from "./world.ts"

const RUNS = 400

/** Holds for the world that any history leads to, woken up in time or only by its inputs. */
const always = (law: (world: World) => void, policies = anyPolicy()) =>
  fc.assert(
    fc.property(anyCustomerHistory(policies), fc.boolean(), (history, punctual) =>
      law(play(history, { punctual })),
    ),
    { numRuns: RUNS },
  )

const openFollowUps = (state: CustomerState) =>
  Object.values(state.followUps).filter(({ closedAtMs }) => closedAtMs === null)

/** A copy that nobody can change: who tries throws. */
const frozen = <T>(data: T): T => JSON.parse(JSON.stringify(data), (_, value) => Object.freeze(value))

describe("the Decider, whatever happens", () => {
  it("R1: an input heard again at the same instant changes nothing", () => {
    always(({ policy, played }) => {
      for (const { after, input, context, ledger } of played) {
        const again = decide(policy, after, input, { ...context, ledger })
        expect("success" in again ? again.success : []).toEqual([])
      }
    })
  })

  it("R1: a refused input changes nothing, and only names what is unknown", () => {
    always(({ played }) => {
      for (const { refusal, before, after, input } of played) {
        if (refusal === null) continue
        expect(after).toBe(before)
        expect(refusal._tag).toBe(input._tag === "Read" ? "UnknownMessage" : "UnknownDelivery")
      }
    })
  })

  it("R1: a reply is in at most one follow-up of which anything left", () => {
    always((world) => {
      const left = new Map<string, boolean>()
      for (const event of world.events)
        if (event._tag === "FollowUpStarted") left.set(event.followUpId, true)
        else if (event._tag === "FollowUpClosed" && event.waitAgain !== undefined)
          left.set(event.followUpId, false)
      const replies = of(world.events, "FollowUpStarted")
        .filter(({ followUpId }) => left.get(followUpId))
        .flatMap(({ chatId, replies }) => replies.map(({ messageId }) => `${chatId} ${messageId}`))
      expect(new Set(replies).size).toBe(replies.length)
      for (const event of world.events) {
        if (!("followUpId" in event) || event.followUpId === null || left.get(event.followUpId) !== false)
          continue
        expect(["DeliveryAccepted", "DeliveryUnconfirmed", "ReceiptCameLate"]).not.toContain(event._tag)
        if (event._tag === "DeliverySettled")
          expect(["withdrawn", "failed", "blocked"]).toContain(event.outcome)
      }
    })
  })

  it("R1: a follow-up starts only while the customer is offline", () => {
    always(({ played, policy }) => {
      for (const { events, nowMs, after } of played)
        if (of(events, "FollowUpStarted").length > 0)
          expect(presenceAt(Object.values(after.sessions), nowMs, policy.presence)._tag).toBe("Offline")
    })
  })

  it("R1: nothing is asked for after a follow-up was cancelled", () => {
    always((world) => {
      const cancelled = new Set<string>()
      for (const event of world.events) {
        if (event._tag === "FollowUpCancelled") cancelled.add(event.followUpId)
        if (event._tag === "DeliveryRequested") expect(cancelled).not.toContain(event.followUpId)
      }
    })
  })

  it("R1: no message is asked for of which every reply has been read", () => {
    always((world) => {
      const read = new Set<string>()
      for (const event of world.events) {
        if (event._tag === "RepliesRead") for (const id of event.messageIds) read.add(`${event.chatId} ${id}`)
        if (event._tag === "DeliveryRequested") {
          expect(event.messageIds.length).toBeGreaterThan(0)
          for (const id of event.messageIds) expect(read).not.toContain(`${event.chatId} ${id}`)
        }
      }
    })
  })

  it("R7: after a push was received nothing else is asked for", () => {
    always((world) => {
      const received = new Set<string>()
      for (const event of world.events) {
        if (event._tag === "DeliverySettled" && event.outcome === "received") received.add(event.followUpId)
        if (event._tag === "DeliveryRequested") expect(received).not.toContain(event.followUpId)
      }
    })
  })

  it("R9: each carrier is asked for once, and XMS only after SNS is settled as not arrived", () => {
    always(({ events, policy }) => {
      const asked = new Set<string>()
      const ended = new Map<string, string>()
      for (const event of events) {
        if (event._tag === "DeliverySettled") ended.set(event.deliveryId, event.outcome)
        if (event._tag !== "DeliveryRequested") continue
        expect(asked).not.toContain(event.deliveryId)
        asked.add(event.deliveryId)
        if (event.via !== "xms" || !asked.has(`${event.followUpId}/sns`)) continue
        const outcome = ended.get(`${event.followUpId}/sns`)
        const handsOver = ["failed", "blocked", "timed-out", "withdrawn"]
        if (policy.cascade.onUncertain === "fall-back") handsOver.push("uncertain")
        expect(handsOver).toContain(outcome)
      }
    })
  })

  it("R9: at most one of SNS and XMS is delivered, unless the SNS is confirmed after it was settled", () => {
    const arrived = ["delivered", "accepted", "received"]
    always((world) => {
      const texts = new Map<string, string>()
      for (const event of of(world.events, "DeliverySettled")) {
        if (event.via !== "sns" && event.via !== "xms") continue
        if (!arrived.includes(event.outcome)) continue
        expect(texts.get(event.followUpId) ?? event.via).toBe(event.via)
        texts.set(event.followUpId, event.via)
      }
    })
  })

  it("R9: a text or email waits for news only where some can still come", () => {
    always(({ played }) => {
      for (const { input, events } of played)
        if (input._tag === "SendAnswered" && !input.receiptExpected)
          for (const event of events)
            if (event._tag === "DeliveryAccepted" || event._tag === "DeliveryUnconfirmed")
              expect(event.via).toBe("push")
    })
  })

  it("R9: an SNS that may have been sent is never taken back as if it had not left", () => {
    always((world) => {
      const unconfirmed = new Set<string>()
      for (const event of world.events) {
        if (event._tag === "DeliveryUnconfirmed") unconfirmed.add(event.deliveryId)
        if (event._tag === "DeliverySettled" && event.outcome === "withdrawn")
          expect(unconfirmed).not.toContain(event.deliveryId)
      }
    })
  })

  it("R9: an open follow-up waits for a send or has a wake-up; a closed one waits for nothing", () => {
    always(({ played, policy }) => {
      for (const { after } of played) {
        for (const followUp of Object.values(after.followUps)) {
          const open = Object.values(followUp.deliveries).filter(isOpen)
          if (followUp.closedAtMs === null) expect(open.length).toBeGreaterThan(0)
          else expect(open).toEqual([])
          for (const { status, deadlineMs } of open) if (deadlineMs === null) expect(status).toBe("requested")
        }
        const sendIsOut = openFollowUps(after).some(({ deliveries }) =>
          Object.values(deliveries).some(({ status }) => status === "requested"),
        )
        if (openFollowUps(after).length > 0 && !sendIsOut) expect(dueAt(policy, after)).not.toBeNull()
      }
    })
  })

  it("R1: after an input nothing is left that was due by then", () => {
    always(({ played, policy }) => {
      for (const { after, nowMs, refusal } of played)
        if (refusal === null) expect(dueAt(policy, after) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs)
    })
  })

  it("R20: the state is what its events lead to, and plain JSON", () => {
    always((world) => {
      expect(world.events.reduce(evolve, initialState)).toEqual(world.state)
      expect(evolveAll(initialState, world.events)).toEqual(world.state)
      expect(JSON.parse(JSON.stringify(world.state))).toStrictEqual(world.state)
      expect(JSON.parse(JSON.stringify(world.events))).toStrictEqual(world.events)
    })
  })

  it("R20: a decision knows the state that it leads to, and leaves the one that it began with alone", () => {
    always(({ played, policy }) => {
      for (const { before, after, input, context, refusal } of played) {
        const decided = takeInput(policy, frozen(before), input, context)
        expect("success" in decided ? decided.success.state : decided.failure).toEqual(refusal ?? after)
      }
    })
  })

  it("R20: an event of a follow-up that nobody knows changes nothing, whatever it is called", () => {
    always(({ state, events }) => {
      for (const event of events)
        for (const followUpId of ["elsewhere", "__proto__", "constructor"])
          if ("followUpId" in event && event._tag !== "FollowUpStarted")
            expect(evolve(state, { ...event, followUpId })).toEqual(state)
    })
  })

  it("R20: a state that was stored as JSON decides the same", () => {
    always(({ played, policy }) => {
      for (const { before, input, context, events, refusal } of played) {
        const decided = decide(policy, JSON.parse(JSON.stringify(before)), input, context)
        expect("success" in decided ? decided.success : decided.failure).toEqual(refusal ?? events)
      }
    })
  })

  it("R20: every input of these histories could have come from outside", () => {
    always(({ played }) => {
      for (const { input } of played)
        expect(decodeInput(InputSchema, input)).toMatchObject({ success: input })
    })
  })
})
