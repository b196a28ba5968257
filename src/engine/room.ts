/**
 * The room there is for sends: how many are under way, and for how many it is kept. Rule R8.
 * @since 0.1.0
 */

/** Room for sends. @since 0.1.0 */
export interface Room {
  /** For how many there is room that nobody keeps; 0 once it is closed. */
  readonly free: () => number
  /** Keeps room for so many, before they are known. */
  readonly keep: (sends: number) => void
  /** Gives back room that was kept. */
  readonly giveBack: (sends: number) => void
  /** A send begins. */
  readonly begin: () => void
  /** A send is over: its provider is not asked any more. */
  readonly end: () => void
  /** Lets nothing more begin. */
  readonly close: () => void
  /** How many sends are under way. */
  readonly active: () => number
}

/** Room for `maxSends` at a time. Total. @since 0.1.0 */
export const makeRoom = (maxSends: number): Room => {
  let active = 0
  let kept = 0
  let isClosed = false
  return {
    free: () => (isClosed ? 0 : Math.max(0, maxSends - active - kept)),
    keep: (sends) => {
      kept += sends
    },
    giveBack: (sends) => {
      kept -= sends
    },
    begin: () => {
      active++
    },
    end: () => {
      active--
    },
    close: () => {
      isClosed = true
    },
    active: () => active,
  }
}
