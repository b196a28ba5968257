/** R9: what a message came to is said with whose word it is; once it is written down, it is on its way no longer. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { expect, test } from "vitest"
import type { Input } from "../../src/core/customer/input.ts"
import { makeLeases } from "../../src/engine/leases.ts"
import { makeWriteDown } from "../../src/engine/write-down.ts"
import type { ClaimedItem } from "../../src/ports/store.ts"
import { claimed } from "../sending/claimed.ts"

/** What is handed in of a message of which nobody could be asked, and whether it stays on its way. */
const written = (item: ClaimedItem) => {
  const handed: Array<Input> = []
  const leases = makeLeases()
  const { writeDown } = makeWriteDown(
    {
      hand: () => Effect.die("not asked for"),
      offer: (_key, input, told) => {
        handed.push(input)
        expect(leases.keeps({ ...item, attempt: item.attempt + 1 }, 200)).toBe(true)
        told(Exit.succeed(Result.succeed([])))
        return true
      },
    },
    Effect.runSync(Clock.clockWith(Effect.succeed)),
    () => expect.fail(),
    () => Effect.die("not asked for"),
    1,
  )
  let isDone = false
  const result = { _tag: "Uncertain" } as const
  writeDown(item, leases.hold(item, 100), { _tag: "Answer", result, provider: undefined }, () => {
    isDone = true
  })
  return { answer: handed[0], isDone, isHeld: leases.keeps({ ...item, attempt: item.attempt + 2 }, 300) }
}

test("R9: what is written down is on its way no longer", () => {
  expect(written(claimed([]))).toMatchObject({ isDone: true, isHeld: false })
})

test("R9: where nobody could be asked, it is the word of the one that may have it, if that is one alone", () => {
  const providerOf = (more: Partial<ClaimedItem>) => {
    const { answer } = written(claimed([], more))
    return answer?._tag === "SendAnswered" ? answer.provider : expect.fail()
  }
  expect(providerOf({ interrupted: true, providers: ["one"] })).toBe("one")
  expect(providerOf({ interrupted: true, providers: ["one", "two"] })).toBeUndefined()
  expect(providerOf({ interrupted: false, providers: ["one"] })).toBeUndefined()
})
