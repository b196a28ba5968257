/** R1: which replies are followed up together, and when. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { of, story } from "./world.ts"

const started = (one: ReturnType<typeof story>) =>
  of(one.world.events, "FollowUpStarted").map(
    ({ atMs, replies }) => `${replies.map(({ messageId }) => messageId).join("+")}@${atMs / 1_000}`,
  )

const quiet = { policy: { digest: { quietMs: 30_000, maxWaitMs: 60_000 } } }

describe("replies that wait together", () => {
  it("R1: several replies while the customer is online are one follow-up when they leave", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 2, max: 200 }), { minLength: 1, maxLength: 8 }),
        (seconds) => {
          const one = story()
          one.signal(0, "active")
          one.asks(1)
          const instants = seconds.toSorted((a, b) => a - b)
          for (const [index, second] of instants.entries()) one.replies(second, `m${index + 2}`)
          expect(one.asked()).toEqual([])
          one.signal(201, "left")
          expect(started(one)).toEqual([`${instants.map((_, index) => `m${index + 2}`).join("+")}@201`])
          expect(one.asked()).toEqual(["push@201"])
        },
      ),
    )
  })

  it("R1: a reply to a customer who is offline goes at once; a later one is another follow-up", () => {
    const one = story()
    one.asks(0)
    one.replies(10, "m2")
    one.replies(10, "m3")
    one.replies(11, "m4")
    expect(started(one)).toEqual(["m2@10", "m3@10", "m4@11"])
  })

  it("R1: with a quiet period a reply waits until 30 000 ms after the last one, the boundary included", () => {
    const one = story(quiet)
    one.asks(0)
    one.replies(10, "m2")
    one.replies(35, "m3")
    one.wakes(64.999)
    expect(started(one)).toEqual([])
    one.wakes(65)
    expect(started(one)).toEqual(["m2+m3@65"])
  })

  it("R1: replies that come out of order wait for the newest, and no longer than the oldest may", () => {
    const one = story(quiet)
    one.asks(0)
    one.replies(20, "m2")
    one.replies(21, "m3", { atMs: 4_000 })
    one.wakes(49.999)
    expect(started(one)).toEqual([])
    one.wakes(50)
    expect(started(one)).toEqual(["m2+m3@50"])
  })

  it("R1: the first reply never waits longer than the maximum wait", () => {
    const one = story(quiet)
    one.asks(0)
    for (const [index, second] of [10, 30, 50, 69].entries()) one.replies(second, `m${index + 2}`)
    one.wakes(200)
    expect(started(one)).toEqual(["m2+m3+m4+m5@70"])
  })

  it("R1: the quiet period does not shorten the wait for a customer who is online", () => {
    const one = story(quiet)
    one.signal(0, "active")
    one.asks(1)
    one.replies(2, "m2")
    one.wakes(1_000)
    expect(started(one)).toEqual(["m2@271"])
  })

  it("R1: chats of one customer are followed up each on its own", () => {
    const one = story()
    one.signal(0, "active")
    for (const chatId of ["c1", "c2"]) {
      one.asks(1, "m1", { chatId })
      one.replies(2, "m2", { chatId })
    }
    one.signal(3, "left")
    expect(of(one.world.events, "FollowUpStarted").map(({ chatId }) => chatId)).toEqual(["c1", "c2"])
  })

  it("R1: the recorded reply says when it is due if nothing changes", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    expect(of(one.replies(2), "MessageRecorded")).toMatchObject([{ dueMs: 271_000 }])
  })

  it("R1: a message heard again makes nothing, even under another text", () => {
    const one = story()
    one.asks(0)
    one.replies(10)
    expect(one.replies(20, "m2", { text: "Changed" })).toEqual([])
    expect(one.asks(21, "m1")).toEqual([])
  })
})
