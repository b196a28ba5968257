/**
 * When engine processes die, drawn by lot from the seed.
 */
import { lot, lotBetween, lotOf } from "./lot.ts"

/**
 * One death. `while`: in which part of its life the victim dies. A `frozen` one is stopped for longer than its leases
 * last, as a machine that is suspended, and dies soon after it goes on.
 */
export interface Kill {
  readonly while: "starting" | "running" | "a message is out" | "frozen"
  readonly afterMs: number
  /** How long it stays dead. */
  readonly pauseMs: number
}

/** The deaths of a run, in the order in which lives take them. */
export const killsOf = (seed: number, count: number, processes: number): ReadonlyArray<Kill> =>
  Array.from({ length: count }, (_, index) => {
    const during = lotOf<Kill["while"]>(
      [
        [3, "starting"],
        [10, "running"],
        [10, "a message is out"],
        [2, "frozen"],
      ],
      seed,
      "kill",
      index,
    )
    const isPaused = lot(seed, "kill", index, "pause") < 0.3
    return {
      while: during,
      afterMs: lotBetween(
        20,
        during === "starting" ? 500 : 700 + 500 * processes,
        seed,
        "kill",
        index,
        "after",
      ),
      pauseMs: isPaused ? lotBetween(100, 1_500, seed, "kill", index, "paused") : 0,
    }
  })
