import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Circuit,
  closedCircuit,
  defaultCircuit,
  isOpenCircuit,
  withAnswer,
  withSend,
} from "../../src/engine/circuit.ts"

const { maxFaults, pauseMs, maxPauseMs } = defaultCircuit

const fault = (circuit: Circuit, atMs: number, restMs = 0): Circuit =>
  withAnswer(circuit, { sentAtMs: atMs, isFault: true, restMs }, atMs, defaultCircuit)
const success = (circuit: Circuit, atMs: number): Circuit =>
  withAnswer(circuit, { sentAtMs: atMs, isFault: false, restMs: 0 }, atMs, defaultCircuit)

const afterFaults = (count: number): Circuit => {
  let circuit = closedCircuit
  for (let times = 1; times <= count; times++) circuit = fault(circuit, times)
  return circuit
}

describe("a circuit", () => {
  test("R8: opens at the fifth failure in a row, and not at the fourth", () => {
    expect(isOpenCircuit(afterFaults(maxFaults - 1))).toBe(false)
    expect(afterFaults(maxFaults)).toMatchObject({ pauseMs, readyAtMs: maxFaults + pauseMs })
    expect(isOpenCircuit(fault(success(afterFaults(maxFaults - 1), 10), 11))).toBe(false)
  })

  test("R8: lets one message through after the pause, and no other before its answer", () => {
    const open = afterFaults(maxFaults)
    const probing = withSend(open, open.readyAtMs + 16_000)
    expect(probing.readyAtMs).toBe(open.readyAtMs + 16_000)
    expect(isOpenCircuit(probing)).toBe(true)
    expect(withSend(closedCircuit, 16_000)).toEqual(closedCircuit)
    expect(success(probing, open.readyAtMs + 1)).toEqual(closedCircuit)
  })

  test("R8: a probe that fails doubles the pause, up to its bound", () => {
    let circuit = afterFaults(maxFaults)
    const pauses: Array<number> = []
    for (let probes = 0; probes < 6; probes++) {
      circuit = fault(withSend(circuit, circuit.readyAtMs + 16_000), circuit.readyAtMs)
      pauses.push(circuit.pauseMs)
    }
    expect(pauses).toEqual([120_000, 240_000, 480_000, maxPauseMs, maxPauseMs, maxPauseMs])
  })

  test("R8: failures of what was sent before it opened are the same outage", () => {
    const open = afterFaults(maxFaults)
    const late = { sentAtMs: open.openedAtMs, isFault: true, restMs: 0 }
    expect(withAnswer(open, late, open.openedAtMs + 15_000, defaultCircuit)).toEqual(open)
    const rests = (restMs: number) =>
      withAnswer(open, { ...late, restMs }, open.openedAtMs + 15_000, defaultCircuit)
    expect(rests(pauseMs)).toEqual({ ...open, readyAtMs: open.openedAtMs + 15_000 + pauseMs })
    expect(rests(1)).toEqual(open)
    const probe = { ...late, sentAtMs: open.openedAtMs + 1 }
    expect(withAnswer(open, probe, open.openedAtMs + 15_000, defaultCircuit).pauseMs).toBe(2 * pauseMs)
  })

  test("R8: a provider rests as long as it asks for, and no longer than the longest pause", () => {
    expect(fault(closedCircuit, 1_000, 30_000)).toMatchObject({ readyAtMs: 31_000, pauseMs: 0 })
    expect(fault(closedCircuit, 1_000, 10 * maxPauseMs).readyAtMs).toBe(1_000 + maxPauseMs)
    const resting = fault(closedCircuit, 1_000, 30_000)
    expect(success(resting, 2_000)).toMatchObject({ readyAtMs: 31_000, faults: 0 })
    expect(fault(resting, 2_000, 1).readyAtMs).toBe(31_000)
    expect(fault(afterFaults(maxFaults), 10, 2 * pauseMs).readyAtMs).toBe(10 + 2 * pauseMs + 0)
  })

  test("R8: whatever was answered, it gives work again within the longest pause", () => {
    const answers = fc.array(
      fc.record({
        gapMs: fc.nat(100_000),
        tookMs: fc.nat(20_000),
        isFault: fc.boolean(),
        restMs: fc.oneof(fc.constant(0), fc.nat(10_000_000)),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(answers, (all) => {
        let circuit = closedCircuit
        let nowMs = 0
        for (const { gapMs, tookMs, isFault, restMs } of all) {
          nowMs += gapMs
          circuit = withAnswer(circuit, { sentAtMs: nowMs - tookMs, isFault, restMs }, nowMs, defaultCircuit)
          expect(circuit.readyAtMs - nowMs).toBeLessThanOrEqual(maxPauseMs)
          expect(circuit.pauseMs === 0 || circuit.pauseMs >= pauseMs).toBe(true)
          if (!isFault) expect(isOpenCircuit(circuit)).toBe(false)
        }
      }),
    )
  })
})
