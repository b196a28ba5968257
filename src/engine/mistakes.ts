/**
 * Says in the log what a host's own code did wrong. Rules R9, R20.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Mistake } from "../ports/mistake.ts"
import type { MistakenHandles, Provider } from "../sending/providers.ts"
import { type Say, warn } from "./observer.ts"

/** How long a line that was written is not written again, word for word. */
const QUIET_MS = 60_000

/** More lines than a host's mistakes make: what makes more of them is forgotten, not kept for ever. */
const MAX_LINES = 1_000

/** What a log line may say of a mistake. Total. @since 0.1.0 */
export const aboutMistake = (mistake: Mistake): Readonly<Record<string, string>> =>
  mistake._tag === "Nonsense"
    ? { "error.message": mistake.expected }
    : { "exception.type": mistake.type, ...(mistake.at !== undefined && { "exception.at": mistake.at }) }

/**
 * Writes warnings, the same one once a minute at most: a mistake in a program is made again with every message, or
 * every request. Never fails.
 * @since 0.1.0
 */
export const makeWarnRarely = (): typeof warn => {
  const saidAtMs = new Map<string, number>()
  return (line, annotations) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      const said = JSON.stringify([line, annotations])
      if (nowMs - (saidAtMs.get(said) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return Effect.void
      if (saidAtMs.size >= MAX_LINES) saidAtMs.clear()
      saidAtMs.set(said, nowMs)
      return warn(line, annotations)
    })
}

/** Hears what a transport did wrong, and in which of its functions. @since 0.1.0 */
export type Mistaken = (provider: Provider, call: "send" | "lookup" | "handles", mistake: Mistake) => void

/** Hears what transports' `handles` do wrong. Total. @since 0.1.0 */
export const handlesMistaken =
  (mistaken: Mistaken): MistakenHandles =>
  (provider, mistake) =>
    mistaken(provider, "handles", mistake)

/** Says what transports do wrong. @since 0.1.0 */
export const makeMistaken = (say: Say): Mistaken => {
  const warnRarely = makeWarnRarely()
  return (provider, call, mistake) =>
    say(
      warnRarely(mistake._tag === "Thrown" ? "transportThrew" : "transportRaved", {
        "followup.via": provider.via,
        "followup.transport": provider.name,
        "followup.transport.call": call,
        ...aboutMistake(mistake),
      }),
    )
}
