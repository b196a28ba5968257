/**
 * The room there is for sends: how many are under way, and for how many it is kept. Rule R8.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/** Room for sends. @since 0.1.0 */
export interface Room {
  /** For how many there is room that nobody keeps; 0 once it is closed. */
  readonly free: () => number
  /** Keeps room for so many, before they are known. */
  readonly keep: (sends: number) => void
  /** Keeps room for new messages, and leaves some of what is free to those that are claimed; says for how many. */
  readonly keepForNew: () => number
  /** Gives back room that was kept. */
  readonly giveBack: (sends: number) => void
  /** A send begins. */
  readonly begin: () => void
  /** Says that there was no room for what could be sent. */
  readonly want: () => void
  /** No provider is asked any more: what it came to is written down next. Says whether room was wanted meanwhile. */
  readonly end: () => boolean
  /** What a send came to is written down. */
  readonly answered: () => void
  /** A send that began is somebody else's. */
  readonly leave: () => void
  /** Lets nothing more begin. */
  readonly close: () => void
  /** How many sends are under way. */
  readonly active: () => number
  /** Of how many it is being written down what they came to. */
  readonly answering: () => number
  /** Waits until nothing is under way and everything is written down. */
  readonly idle: Effect.Effect<void>
}

// Where messages never stop coming, what was written before would wait for ever: retries, and what others left behind.
const NEW_SHARE = 7 / 8

/** Room for `maxSends` at a time. Total. @since 0.1.0 */
export const makeRoom = (maxSends: number): Room => {
  let active = 0
  let answering = 0
  let kept = 0
  let isWanted = false
  let isClosed = false
  const waiting = new Set<(idle: Effect.Effect<void>) => void>()
  const isIdle = () => active === 0 && answering === 0 && kept === 0
  const tellIfIdle = () => {
    if (!isIdle()) return
    for (const resume of waiting) resume(Effect.void)
    waiting.clear()
  }
  const free = () => (isClosed ? 0 : Math.max(0, maxSends - active - kept))
  const keep = (sends: number) => {
    kept += sends
  }
  return {
    free,
    keep,
    keepForNew: () => {
      const sends = Math.floor(free() * NEW_SHARE)
      keep(sends)
      return sends
    },
    giveBack: (sends) => {
      kept -= sends
      tellIfIdle()
    },
    begin: () => {
      active++
    },
    want: () => {
      isWanted = true
    },
    end: () => {
      active--
      answering++
      const wasWanted = isWanted
      isWanted = false
      return wasWanted
    },
    answered: () => {
      answering--
      tellIfIdle()
    },
    leave: () => {
      active--
      tellIfIdle()
    },
    close: () => {
      isClosed = true
    },
    active: () => active,
    answering: () => answering,
    idle: Effect.callback((resume) => {
      if (isIdle()) return resume(Effect.void)
      waiting.add(resume)
      return Effect.sync(() => waiting.delete(resume))
    }),
  }
}
