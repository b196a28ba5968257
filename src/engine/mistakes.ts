/**
 * Says in the engine's log what a host's own code did wrong. Rules R9, R20.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeRarely } from "../sending/mistakes.ts"
import { warn } from "./observer.ts"

/** Writes warnings, the same one once a minute at most. Never fails. @since 0.1.0 */
export const makeWarnRarely = (): typeof warn => {
  const isDue = makeRarely()
  return (line, about) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      isDue(line, about, nowMs) ? warn(line, about) : Effect.void,
    )
}
