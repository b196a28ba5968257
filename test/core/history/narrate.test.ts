/** R20: every event in words. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FollowUpEvent } from "../../../src/core/customer/event.ts"
import { formatInstant, narrate } from "../../../src/core/history/narrate.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { play, story } from "../customer/world.ts"

const wordsOf = (events: ReadonlyArray<FollowUpEvent>) => events.map(narrate)

describe("narrating", () => {
  it("R20: every event has its words, of one line and complete", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        for (const event of play(history, { punctual: true }).events) {
          expect(narrate(event)).toMatch(/^\S.*\S$/)
          expect(narrate(event)).not.toMatch(/undefined|null|NaN|\[object/)
        }
      }),
    )
  })

  it("R20: a whole follow-up reads as what happened", () => {
    const one = story({ policy: { cascade: { rememberClosedMs: 0 } } })
    expect(wordsOf(one.signal(0, "active"))).toEqual(["session tab-1: the customer is active on the site"])
    expect(wordsOf(one.asks(1))).toEqual([
      "the customer wrote",
      "session tab-1: the customer is active on the site",
    ])
    expect(wordsOf(one.replies(2))).toEqual([
      "a manager replied; due at 1970-01-01 00:04:31 UTC if still unread",
    ])
    expect(wordsOf(one.signal(3, "hidden"))).toEqual([
      "session tab-1: the customer looks at another page",
      "follow-up of 1 reply: the customer is offline, they were looking at another page; push goes first",
      "a push was asked for",
    ])
    expect(wordsOf(one.wakes(33))).toEqual([])
    expect(one.world.events.slice(-3).map(narrate)).toEqual([
      "a push was not confirmed in time",
      "an SNS message was asked for, at 8 PU",
      "an email was asked for",
    ])
    expect(wordsOf(one.answers(34, "sns", { _tag: "Uncertain", code: "503" }))).toEqual([
      "an SNS message may or may not have been sent (503), with news awaited until 1970-01-01 00:01:34 UTC",
    ])
    const refused = { _tag: "Rejected", reason: "invalid-address", code: "550 5.1.1" } as const
    expect(wordsOf(one.answers(35, "email", refused))).toEqual([
      "an email failed (invalid-address, 550 5.1.1)",
    ])
    expect(wordsOf(one.receipt(36, "push", "received"))).toEqual([
      "a push was reported received too late; what was sent meanwhile cost 8 PU",
    ])
    expect(wordsOf(one.reads(37))).toEqual([
      "the customer has seen m2",
      "the customer read it: nothing more is sent",
    ])
    expect(wordsOf(one.receipt(38, "sns", "delivered"))).toEqual([
      "an SNS message was delivered",
      "the follow-up is complete",
      "1 follow-up(s) closed long ago were dropped from memory",
    ])
  })

  it("R20: what was withheld says which leg and why", () => {
    const one = story({ channel: { integrations: { push: false, sns: false } }, contact: { email: null } })
    one.asks(0)
    one.replies(1, "m2", { text: `${"가".repeat(70)}!` })
    expect(one.world.events.slice(-2).map(narrate)).toEqual([
      "an LMS was asked for, at 30 PU",
      "email not sent: the customer has no email address",
    ])
  })

  it("R20: an instant that no calendar has is still words", () => {
    expect(formatInstant(Number.NaN)).toBe("an unknown instant")
    expect(formatInstant(9e15)).toBe("an unknown instant")
  })
})
