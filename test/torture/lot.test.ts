import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { modesOf } from "../../tools/torture/behavior.ts"
import { killsOf } from "../../tools/torture/kill.ts"
import { lotBetween, lotOf } from "../../tools/torture/lot.ts"
import { storyOf } from "../../tools/torture/story.ts"

const seed = fc.nat()
const index = fc.nat({ max: 500 })

describe("what a torture draws by lot", () => {
  test("numbers stay within their bounds, and come up again", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 1_000 }), fc.string(), (min, width, name) => {
        const drawn = lotBetween(min, min + width, name)
        expect(drawn).toBeGreaterThanOrEqual(min)
        expect(drawn).toBeLessThanOrEqual(min + width)
        expect(lotBetween(min, min + width, name)).toBe(drawn)
      }),
    )
  })

  test("what has no weight never comes up", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const drawn = lotOf(
          [
            [0, "never"],
            [1, "one"],
            [0, "never"],
            [2, "two"],
          ],
          name,
        )
        expect(["one", "two"]).toContain(drawn)
      }),
    )
  })

  test("R1: a seed and a number always give the same story, at whose end nobody is on the site", () => {
    fc.assert(
      fc.property(seed, index, (one, number) => {
        const story = storyOf(one, number)
        expect(storyOf(one, number)).toEqual(story)
        const last = new Map(
          story.flatMap((step) =>
            step.call === "presence" ? [[step.input.sessionId, step.input.signal] as const] : [],
          ),
        )
        expect(new Set(last.values())).toEqual(new Set(["left"]))
        const ids = story.flatMap((step) => (step.call === "message" ? [step.input.messageId] : []))
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })

  test("R9: one transport at most can be asked, and only one without keys", () => {
    fc.assert(
      fc.property(seed, (one) => {
        const asked = Object.values(modesOf(one)).filter(({ lookup }) => lookup)
        expect(asked.length).toBeLessThanOrEqual(1)
        expect(asked.every(({ idempotency }) => idempotency === "none")).toBe(true)
      }),
    )
  })

  test("a seed always gives the same kills, as many as asked for", () => {
    fc.assert(
      fc.property(seed, fc.nat({ max: 50 }), fc.integer({ min: 1, max: 4 }), (one, count, processes) => {
        const kills = killsOf(one, count, processes)
        expect(kills).toHaveLength(count)
        expect(killsOf(one, count, processes)).toEqual(kills)
      }),
    )
  })
})
