/** R8: what a provider came to for all the devices that it was called for is one word of how it stands. */
import { expect, test } from "vitest"
import type { SendResult } from "../../src/core/send-result.ts"
import { defaultCircuit } from "../../src/engine/circuit.ts"
import { makeCircuits, tellCircuits } from "../../src/engine/circuits.ts"
import type { Provider } from "../../src/sending/providers.ts"
import { cannotTell, type PartResult } from "../../src/sending/steps.ts"
import { accepted, rejected, uncertain } from "./engine-world.ts"

const provider: Provider = { via: "push", name: "one", receipts: "none", idempotency: "none" }

const called = (result: SendResult, call: "send" | "lookup" = "send"): PartResult => ({
  step: { _tag: "Call", call, offer: { provider, send: async () => result } },
  result,
  provider,
})
const known = (result: SendResult): PartResult => ({
  step: { _tag: "Known", result, provider },
  result,
  provider,
})

/** The circuit after so many messages came to this, each at 1 s; one failure opens it. */
const after = (results: ReadonlyArray<PartResult>, maxFaults = 1) => {
  const circuits = makeCircuits({ ...defaultCircuit, maxFaults }, () => {})
  tellCircuits(circuits, results, 0, 1_000)
  return { isOpen: circuits.isOpen(provider), readyAtMs: circuits.readyAtMs(provider) }
}

test("R8: it fails where it fails for every device, and works where it took one", () => {
  const fails = rejected("provider-error", 1_000)
  expect(after([called(fails), called(uncertain)])).toMatchObject({ isOpen: true })
  expect(after([called(fails), called(accepted)])).toMatchObject({ isOpen: false })
  expect(after([called(accepted), called(fails)])).toMatchObject({ isOpen: false })
})

test("R8: several devices are one failure, and the longest rest counts that it asks for", () => {
  const rests = [called(rejected("rate-limited", 1_000)), called(rejected("rate-limited", 9_000))]
  expect(after(rests, 2)).toEqual({ isOpen: false, readyAtMs: 10_000 })
})

test("R8: what it says of a message, or cannot tell, is no failure", () => {
  expect(after([called(rejected("provider-error"), "lookup")])).toMatchObject({ isOpen: false })
  expect(after([called(cannotTell)])).toMatchObject({ isOpen: false })
})

test("R8: one that was not called, since it is left alone, is left alone as before", () => {
  const circuits = makeCircuits({ ...defaultCircuit, maxFaults: 1 }, () => {})
  tellCircuits(circuits, [called(uncertain)], 0, 1_000)
  tellCircuits(circuits, [known(rejected("provider-error", 1_000))], 2_000, 2_000)
  expect(circuits.isOpen(provider)).toBe(true)
})

test("R8: only the message that goes to an open one is a probe", () => {
  let said = 0
  const circuits = makeCircuits({ ...defaultCircuit, maxFaults: 1 }, () => said++)
  circuits.sends(provider, 16_000)
  expect([said, circuits.readyAtMs(provider)]).toEqual([0, 0])
  circuits.answered(provider, { sentAtMs: 0, isFault: true, restMs: 0 }, 1_000)
  expect(said).toBe(1)
  circuits.sends(provider, 77_000)
  expect([said, circuits.readyAtMs(provider)]).toEqual([2, 77_000])
})

test("R20: that it fails is said when that is known, and after each probe, and not of what was under way", () => {
  let said = 0
  const circuits = makeCircuits({ ...defaultCircuit, maxFaults: 1 }, () => said++)
  const fails = (sentAtMs: number, nowMs: number) => {
    circuits.answered(provider, { sentAtMs, isFault: true, restMs: 0 }, nowMs)
    return said
  }
  expect([fails(0, 1_000), fails(0, 2_000), fails(61_000, 62_000)]).toEqual([1, 1, 2])
})
