/**
 * What is said in the log of what a host's own code did wrong, whatever runs followup. Rules R9, R20.
 * @since 0.1.0
 */
import type { Mistake } from "../ports/mistake.ts"
import type { MistakenHandles, Provider } from "./providers.ts"
import type { PartResult } from "./steps.ts"

/** The lines of the log that say it. Their texts stay as they are. @since 0.1.0 */
export const mistakeLines = {
  transportThrew: "followup: a transport threw, where it should have answered",
  transportRaved: "followup: a transport's answer is no result",
  noticeFailed: "followup: onNotice failed; trying again",
} as const

/** What varies in a line of the log. @since 0.1.0 */
export type Annotations = Readonly<Record<string, string | number>>

/** What a log line may say of a mistake. Total. @since 0.1.0 */
export const aboutMistake = (mistake: Mistake): Readonly<Record<string, string>> =>
  mistake._tag === "Nonsense"
    ? { "error.message": mistake.expected }
    : { "exception.type": mistake.type, ...(mistake.at !== undefined && { "exception.at": mistake.at }) }

/** Hears what a transport did wrong, and in which of its functions. @since 0.1.0 */
export type Mistaken = (provider: Provider, call: "send" | "lookup" | "handles", mistake: Mistake) => void

/** Says by one line of the log what transports do wrong. Total. @since 0.1.0 */
export const makeMistaken =
  (warn: (line: "transportThrew" | "transportRaved", about: Annotations) => void): Mistaken =>
  (provider, call, mistake) =>
    warn(mistake._tag === "Thrown" ? "transportThrew" : "transportRaved", {
      "followup.via": provider.via,
      "followup.transport": provider.name,
      "followup.transport.call": call,
      ...aboutMistake(mistake),
    })

/** Hears what transports' `handles` do wrong. Total. @since 0.1.0 */
export const handlesMistaken =
  (mistaken: Mistaken): MistakenHandles =>
  (provider, mistake) =>
    mistaken(provider, "handles", mistake)

/** Says what went wrong in the calls that a message took. Total. @since 0.1.0 */
export const sayMistakes = (results: ReadonlyArray<PartResult>, mistaken: Mistaken): void => {
  for (const { step, mistake } of results)
    if (step._tag === "Call" && mistake !== undefined)
      mistaken(step.offer.provider, step.call === "lookup" ? "lookup" : "send", mistake)
}

/** How long a line that was written is not written again, word for word. */
const QUIET_MS = 60_000

/** More lines than a host's mistakes make: what makes more of them is forgotten, not kept for ever. */
const MAX_LINES = 1_000

/**
 * Whether a line is to be written at an instant, in ms: the same one once a minute at most, as a mistake in a program is
 * made again with every message, or every request.
 * @since 0.1.0
 */
export const makeRarely = (): ((line: string, about: Annotations, nowMs: number) => boolean) => {
  const saidAtMs = new Map<string, number>()
  return (line, about, nowMs) => {
    const said = JSON.stringify([line, about])
    if (nowMs - (saidAtMs.get(said) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return false
    if (saidAtMs.size >= MAX_LINES) saidAtMs.clear()
    saidAtMs.set(said, nowMs)
    return true
  }
}
