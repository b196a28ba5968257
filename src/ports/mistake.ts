/**
 * What a host's own code did wrong, in words that may be logged: where it threw, or which part of its answer is none.
 * What it threw or answered may hold contacts, and is never in them. Rules R9, R20.
 * @since 0.1.0
 */
import { type BadInput, formatIssue } from "../core/decode.ts"

/**
 * What was thrown. `type`: the error's name, such as `"TypeError"`, or the type of what is no error. `at`: the place in
 * the host's own code, `file:line`, where it can be told.
 * @since 0.1.0
 */
export interface Thrown {
  readonly _tag: "Thrown"
  readonly type: string
  readonly at?: string
}

/** An answer that is none; `expected`: the place of each wrong part, and what was expected there. @since 0.1.0 */
export interface Nonsense {
  readonly _tag: "Nonsense"
  readonly expected: string
}

/** What a host's own code did wrong. @since 0.1.0 */
export type Mistake = Thrown | Nonsense

// Names come from whoever throws: no two digits in a row, so that none holds a number.
const isName = (name: unknown): name is string =>
  typeof name === "string" && name.length <= 64 && /^[A-Z](?:[A-Za-z]|\d(?!\d))*$/.test(name)

const typeOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return thrown === null ? "null" : typeof thrown
  return [thrown.name, thrown.constructor.name].find(isName) ?? "Error"
}

// The message comes first and may have lines of any form: frames are what follows it. Of a message that was changed later
// nobody can say where it ends.
const framesOf = ({ stack = "", message }: Error): ReadonlyArray<string> => {
  const name = /^[^:\n]*(?:: )?/.exec(stack)?.[0] ?? ""
  const [rest, ...frames] = stack.slice(name.length + message.length).split("\n")
  return stack.startsWith(message, name.length) && rest === "" ? frames : []
}

/** A file and a line in it; frames without a file, such as those of Node itself, have none. */
const placeIn = (frame: string): string | undefined => {
  const place = frame.endsWith(")")
    ? frame.slice(frame.indexOf(" (") + 2, -1)
    : frame.replace(/^ *at (?:async )?/, "")
  return /^(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/]).*:\d+):\d+$/.exec(place)?.[1]
}

const isOurs = (place: string): boolean => /[\\/]node_modules[\\/](?:followup|effect)[\\/]/.test(place)

/** What may be said of something that was thrown. Total. @since 0.1.0 */
export const thrownBy = (thrown: unknown): Thrown => {
  // An error of a class of its own may throw while it is looked at.
  try {
    const type = typeOf(thrown)
    const places = thrown instanceof Error ? framesOf(thrown).flatMap((one) => placeIn(one) ?? []) : []
    const at = places.find((place) => !isOurs(place)) ?? places[0]
    return { _tag: "Thrown", type, ...(at !== undefined && { at }) }
  } catch {
    return { _tag: "Thrown", type: "Error" }
  }
}

/** What may be said of a call of the host's own code that did not come back in time. @since 0.1.0 */
export const tookTooLong: Thrown = { _tag: "Thrown", type: "TimeoutError" }

/** What may be said of an answer in which these things are wrong. Total. @since 0.1.0 */
export const nonsense = ({ issues }: BadInput): Nonsense => ({
  _tag: "Nonsense",
  expected: issues.map(formatIssue).join("; "),
})
