/**
 * A circuit: whether a provider gets work, by how it answered so far. It opens when the provider fails again and again,
 * and lets one message through after each pause to see whether it works again. Pure. Rules R8, R9.
 * @since 0.1.0
 */

/**
 * When a provider rests. `maxFaults`: failures one after the other, of the provider's own doing, that open its circuit;
 * 1 or more. `pauseMs`: how long it then gets nothing, doubled for each probe that fails, up to `maxPauseMs`, which also
 * bounds the rest that a provider asks for itself. Whole ms, 1 or more.
 * @since 0.1.0
 */
export interface CircuitPolicy {
  readonly maxFaults: number
  readonly pauseMs: number
  readonly maxPauseMs: number
}

/** Five failures, then a minute, doubled up to a quarter of an hour. @since 0.1.0 */
export const defaultCircuit: CircuitPolicy = { maxFaults: 5, pauseMs: 60_000, maxPauseMs: 900_000 }

/**
 * How a provider stands. `readyAtMs`: from then on it gets work, that instant included; of an open circuit one message
 * only, the probe. `pauseMs`: its pause, 0 while the circuit is closed; `openedAtMs`: when the pause began.
 * @since 0.1.0
 */
export interface Circuit {
  readonly faults: number
  readonly readyAtMs: number
  readonly pauseMs: number
  readonly openedAtMs: number
}

/** How a provider stands of which nothing is known: it gets work. @since 0.1.0 */
export const closedCircuit: Circuit = { faults: 0, readyAtMs: 0, pauseMs: 0, openedAtMs: 0 }

/** Whether a provider is left alone but for probes. Total. @since 0.1.0 */
export const isOpenCircuit = ({ pauseMs }: Circuit): boolean => pauseMs > 0

/**
 * The circuit once a message goes to its provider, whose answer is there by `answeredByMs`. Of an open one that message
 * is the probe: nobody else is let through before its answer, or before it should have come. Total.
 * @since 0.1.0
 */
export const withSend = (circuit: Circuit, answeredByMs: number): Circuit =>
  isOpenCircuit(circuit) ? { ...circuit, readyAtMs: answeredByMs } : circuit

/**
 * How a provider answered, to what was sent at `sentAtMs`. `isFault`: it failed by its own doing. `restMs`: how long it
 * asked to be left alone.
 * @since 0.1.0
 */
export interface Behaviour {
  readonly sentAtMs: number
  readonly isFault: boolean
  readonly restMs: number
}

/**
 * The circuit after an answer that came at `nowMs`. Any answer but a fault closes it. A fault of what was sent before it
 * opened says nothing new: many sends that are lost at once are one outage. Total.
 * @since 0.1.0
 */
export const withAnswer = (
  circuit: Circuit,
  { sentAtMs, isFault, restMs }: Behaviour,
  nowMs: number,
  { maxFaults, pauseMs, maxPauseMs }: CircuitPolicy,
): Circuit => {
  const wasOpen = isOpenCircuit(circuit)
  const restedMs = restMs > 0 ? nowMs + Math.min(restMs, maxPauseMs) : 0
  if (!isFault) return { ...closedCircuit, readyAtMs: wasOpen ? 0 : circuit.readyAtMs }
  if (wasOpen && sentAtMs <= circuit.openedAtMs)
    return { ...circuit, readyAtMs: Math.max(circuit.readyAtMs, restedMs) }
  const faults = circuit.faults + 1
  const opens = wasOpen || faults >= maxFaults
  const nextPauseMs = opens ? Math.min(maxPauseMs, wasOpen ? circuit.pauseMs * 2 : pauseMs) : 0
  return {
    faults,
    readyAtMs: Math.max(restedMs, opens ? nowMs + nextPauseMs : circuit.readyAtMs),
    pauseMs: nextPauseMs,
    openedAtMs: opens ? nowMs : 0,
  }
}
