/**
 * How the provider behaves towards each delivery: drawn by lot from the seed and the delivery's id, so that a
 * repetition meets the same fate, and another answer.
 */
import { type RejectReason, rejectReasons, type Via } from "../../src/engine/index.ts"
import type { Manner } from "./evidence.ts"
import { lot, lotBetween, lotOf } from "./lot.ts"

/** Whether a message is taken at all. `throttles`: how many requests are turned away before one is taken. */
export type Fate =
  | { readonly _tag: "Takes" }
  | { readonly _tag: "Refuses"; readonly reason: RejectReason }
  | { readonly _tag: "Throttles"; readonly requests: number; readonly retryAfterMs: number }

/** What becomes of a message that was taken, and how often and when the provider tells. */
export interface Arrival {
  readonly delivered: boolean
  readonly status: "received" | "delivered" | "failed" | null
  readonly reason: RejectReason | null
  /** One delay for each time that it is told. */
  readonly delaysMs: ReadonlyArray<number>
}

const SLOWEST_RECEIPT_MS = 900
const MOST_RECEIPTS = 3

/** The fate of one key. */
export const fateOf = (seed: number, key: string): Fate =>
  lotOf<() => Fate>(
    [
      [14, () => ({ _tag: "Takes" })],
      [
        3,
        () => ({
          _tag: "Refuses",
          reason: rejectReasons[lotBetween(0, rejectReasons.length - 1, seed, key, "reason")] ?? "unknown",
        }),
      ],
      [
        3,
        () => ({
          _tag: "Throttles",
          requests: lotBetween(1, 2, seed, key, "throttles"),
          retryAfterMs: lotBetween(50, 400, seed, key, "retry"),
        }),
      ],
    ],
    seed,
    key,
    "fate",
  )()

/** Whether the `times`th request (from 1) of a key is cut off before anything of it is taken. */
export const cutsOff = (seed: number, key: string, times: number): boolean =>
  lot(seed, key, times, "cuts off") < 0.06

/** How the `times`th request of a key is answered. */
export const mannerOf = (seed: number, key: string, times: number): Manner =>
  lotOf<Manner>(
    [
      [12, "at-once"],
      [5, "late"],
      [1, "never"],
      [2, "cuts"],
    ],
    seed,
    key,
    times,
    "manner",
  )

/** How late is late, in ms: sometimes later than the engine waits. */
export const latenessMs = (seed: number, key: string, times: number): number =>
  lotBetween(50, 600, seed, key, times, "lateness")

type Ending = Pick<Arrival, "delivered" | "status" | "reason">

const arrives = (status: "received" | "delivered"): Ending => ({ delivered: true, status, reason: null })
const fails = (reason: RejectReason): Ending => ({ delivered: false, status: "failed", reason })
const silent = (delivered: boolean): Ending => ({ delivered, status: null, reason: null })

// Some arrive without a word: whoever does not know whether such an SNS was sent must not send an XMS.
const endings: Readonly<Record<Via, ReadonlyArray<readonly [number, Ending]>>> = {
  push: [
    [5, arrives("received")],
    [5, silent(true)],
  ],
  sns: [
    [8, arrives("delivered")],
    [3, fails("unreachable")],
    [2, fails("blocked")],
    [3, silent(false)],
    [4, silent(true)],
  ],
  xms: [
    [12, arrives("delivered")],
    [3, fails("gone")],
    [5, silent(true)],
  ],
  email: [
    [4, arrives("delivered")],
    [2, fails("invalid-address")],
    [14, silent(true)],
  ],
}

/** What becomes of a delivery once it was taken. All devices of a push share it. */
export const arrivalOf = (seed: number, via: Via, deliveryId: string): Arrival => {
  const ending = lotOf(endings[via], seed, deliveryId, "ending")
  const copies = ending.status === null ? 0 : lotBetween(1, MOST_RECEIPTS, seed, deliveryId, "copies")
  return {
    ...ending,
    delaysMs: Array.from({ length: copies }, (_, copy) =>
      lotBetween(0, SLOWEST_RECEIPT_MS, seed, deliveryId, copy, "delay"),
    ),
  }
}

/** How a transport of the run deals with uncertainty: see `Transport`. */
export interface Mode {
  readonly idempotency: "key" | "none"
  readonly lookup: boolean
}

const vias = ["push", "sns", "xms", "email"] as const

/** The modes of a run's transports: keys by lot; the first without keys, in an order by lot, can be asked. */
export const modesOf = (seed: number): Readonly<Record<Via, Mode>> => {
  const keyed = (via: Via) => lot(seed, via, "keyed") < 0.5
  const asked = vias
    .filter((via) => !keyed(via))
    .toSorted((a, b) => lot(seed, a, "asked") - lot(seed, b, "asked"))
    .at(0)
  const modeOf = (via: Via): Mode => ({ idempotency: keyed(via) ? "key" : "none", lookup: via === asked })
  return { push: modeOf("push"), sns: modeOf("sns"), xms: modeOf("xms"), email: modeOf("email") }
}
