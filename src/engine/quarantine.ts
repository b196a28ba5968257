/**
 * The quarantine: customers of whom something is due that cannot be decided. They are left alone for a while, so that
 * they stop nobody else, and are named, so that somebody can look after them.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { UNDECIDED_WAIT_MS } from "../ports/error.ts"
import { type CustomerKey, keyText } from "../ports/store.ts"
import type { FollowUpsError, FollowUpsErrorReason } from "./error.ts"
import { warn } from "./observer.ts"

/**
 * A customer who cannot be decided: since when (UTC epoch ms) this process finds so, and why. `undecided`: their row
 * cannot be read, or the rules fail on it; `unknown-channel`: their channel is gone; `directory`: the host's directory
 * does not answer for them. `message` names the channel at most.
 * @since 0.1.0
 */
export interface Quarantined extends CustomerKey {
  readonly sinceMs: number
  readonly reason: FollowUpsErrorReason
  readonly message: string
}

interface Entry {
  readonly quarantined: Quarantined
  readonly untilMs: number
}

/** Customers who are left alone. @since 0.1.0 */
export interface Quarantine {
  /** How many are in it. */
  readonly size: () => number
  /** Those of the overdue who are to be tried; who is no longer overdue leaves. */
  readonly ready: (overdue: ReadonlyArray<CustomerKey>, nowMs: number) => ReadonlyArray<CustomerKey>
  /** Takes a customer in, or keeps them for another while. */
  readonly take: (key: CustomerKey, error: FollowUpsError, nowMs: number) => void
  /** Logs that customers came in since the last time: one line, however many they are, which names none of them. */
  readonly report: Effect.Effect<void>
  readonly list: () => ReadonlyArray<Quarantined>
}

/** An empty quarantine. @since 0.1.0 */
export const makeQuarantine = (): Quarantine => {
  const entries = new Map<string, Entry>()
  let news: ReadonlyArray<Quarantined> = []
  return {
    size: () => entries.size,
    ready: (overdue, nowMs) => {
      const due = new Set(overdue.map(keyText))
      for (const [name, { untilMs }] of entries) if (untilMs <= nowMs && !due.has(name)) entries.delete(name)
      return overdue.filter((key) => (entries.get(keyText(key))?.untilMs ?? nowMs) <= nowMs)
    },
    take: (key, { reason, message }, nowMs) => {
      const name = keyText(key)
      const before = entries.get(name)?.quarantined
      const quarantined = { ...key, sinceMs: before?.sinceMs ?? nowMs, reason, message }
      if (before === undefined) news = [...news, quarantined]
      entries.set(name, { quarantined, untilMs: nowMs + UNDECIDED_WAIT_MS })
    },
    report: Effect.suspend(() => {
      const told = news
      news = []
      const [first] = told
      return first === undefined
        ? Effect.void
        : warn("quarantined", {
            "followup.customers": told.length,
            "followup.channel.id": first.channelId,
            "error.type": first.reason,
          })
    }),
    list: () => [...entries.values()].map(({ quarantined }) => quarantined),
  }
}
