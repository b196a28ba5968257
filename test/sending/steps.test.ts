import { expect, test } from "vitest"
import type { SendContext, SendResult } from "../../src/ports/transport.ts"
import type { Step } from "../../src/sending/route.ts"
import { type PartResult, takeSteps } from "../../src/sending/steps.ts"
import { claimed, partsBy, pushBy } from "./claimed.ts"

const policy = { timeoutMs: 15_000, graceMs: 1_000, maxAttempts: 3, backoffMs: 2_000 }
const item = claimed(["a", "b"], { attempt: 2 })
const accepted: SendResult = { _tag: "Accepted" }

/** Steps under way at 10 s, on a clock that stands still until the test lets an instant come. */
const taking = (steps: ReadonlyArray<Step>) => {
  const deadlines: Array<{ readonly atMs: number; readonly come: () => void; isOff: boolean }> = []
  const taken: Array<ReadonlyArray<SendResult>> = []
  const at = (atMs: number, come: () => void) => {
    const deadline = { atMs, come, isOff: false }
    deadlines.push(deadline)
    return () => {
      deadline.isOff = true
    }
  }
  const hear = (results: ReadonlyArray<PartResult>) => void taken.push(results.map(({ result }) => result))
  return { callOff: takeSteps(item, steps, policy, 10_000, { at }, hear), deadlines, taken }
}

/** A service that answers when the test says so, its step for the first device, and what it was called with. */
const waiting = () => {
  const { promise, resolve: answer } = Promise.withResolvers<SendResult>()
  const calls: Array<SendContext> = []
  const send = (_message: unknown, context: SendContext) => {
    calls.push(context)
    return promise
  }
  const [[offer = expect.fail()] = []] = partsBy([pushBy("one", { send })], item)
  return { step: { _tag: "Call", call: "send", offer } as const, answer, calls }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test("R9: an attempt is aborted when its time is up, uncertain after its grace, and heard no more", async () => {
  const { step, answer, calls } = waiting()
  const { deadlines, taken } = taking([step])
  expect(calls).toMatchObject([
    { deliveryId: item.deliveryId, idempotencyKey: `${item.deliveryId}/0`, attempt: 2 },
  ])
  expect(deadlines.map(({ atMs }) => atMs)).toEqual([25_000])
  deadlines[0]?.come()
  await settle()
  expect([calls[0]?.signal.aborted, taken]).toEqual([true, []])
  expect(deadlines.map(({ atMs }) => atMs)).toEqual([25_000, 26_000])
  deadlines[1]?.come()
  answer(accepted)
  await settle()
  expect(taken).toEqual([[{ _tag: "Uncertain", code: "timed out" }]])
})

test("R9: what an aborted attempt says in its grace is its answer, and nothing is waited for any more", async () => {
  const { step, answer } = waiting()
  const { deadlines, taken } = taking([step])
  deadlines[0]?.come()
  answer(accepted)
  await settle()
  deadlines[1]?.come()
  expect(taken).toEqual([[accepted]])
  expect(deadlines[1]?.isOff).toBe(true)
})

test("R9: what is called off is aborted, waits for nothing and says nothing", async () => {
  const { step, answer, calls } = waiting()
  const { callOff, deadlines, taken } = taking([step])
  callOff()
  answer(accepted)
  await settle()
  expect([calls[0]?.signal.aborted, deadlines[0]?.isOff, taken]).toEqual([true, true, []])
})

test("R9: a service is asked once for all devices; one that knows nothing leaves them open", async () => {
  let asked = 0
  const lookup = async () => {
    asked += 1
    return undefined
  }
  const steps = partsBy([pushBy("one", { lookup })], item).map(
    ([offer = expect.fail()]) => ({ _tag: "Call", call: "lookup", offer }) as const,
  )
  const { taken } = taking([...steps, { _tag: "Known", result: accepted }])
  await settle()
  const open = { _tag: "Uncertain", code: "interrupted" }
  expect(taken).toEqual([[open, open, accepted]])
  expect(asked).toBe(1)
})
