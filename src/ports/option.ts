/**
 * What a host opens followup with, looked at before it is used: every part that makes no sense, by its place. Rules R6,
 * R8, R9.
 * @since 0.1.0
 */
import type { InputIssue } from "../core/decode.ts"

/** What is wrong with options; none when nothing is. @since 0.1.0 */
export type Issues = ReadonlyArray<InputIssue>

/** The smallest that each number may be, by its name, and those of parts by theirs; all are whole. @since 0.1.0 */
export interface Smallest {
  readonly [name: string]: number | Smallest
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  (typeof value === "object" && value !== null && !Array.isArray(value)) || typeof value === "function"

const said = (fields: Fields): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(fields).filter(([, value]) => value !== undefined)

/** Defaults, and what was given in their place; what is `undefined` stands in nobody's way. Total. @since 0.1.0 */
export const withDefaults = <A extends object>(defaults: A, given: Partial<A> = {}): A => ({
  ...defaults,
  ...Object.fromEntries(said({ ...given })),
})

/** What is wrong with an option that may be left out: only what is there can be wrong. Total. @since 0.1.0 */
export const ifSaid = (value: unknown, issues: (value: unknown) => Issues): Issues =>
  value === undefined ? [] : issues(value)

/** Options of other names than these, which are misspelt. Total. @since 0.1.0 */
export const unknownNames = (path: string, given: unknown, names: ReadonlyArray<string>): Issues =>
  isFields(given)
    ? said(given).flatMap(([name]) =>
        names.includes(name) ? [] : [{ path: `${path}${name}`, expected: "no field of this name" }],
      )
    : [{ path: path.replace(/\.$/, ""), expected: "an object" }]

const numberIssues = (path: string, value: unknown, smallest: number): Issues => {
  if (!(typeof value === "number" && (Number.isInteger(value) || value < smallest)))
    return [{ path, expected: `a whole number, ${smallest} or more` }]
  return value >= smallest ? [] : [{ path, expected: `${smallest} or more, but it is ${value}` }]
}

/** What is wrong with numbers that may be left out, also inside of parts. Total. @since 0.1.0 */
export const paceIssues = (path: string, given: unknown, smallest: Smallest): Issues => [
  ...unknownNames(`${path}.`, given, Object.keys(smallest)),
  ...Object.entries(smallest).flatMap(([name, bound]) => {
    const value = isFields(given) ? given[name] : undefined
    if (value === undefined) return []
    const place = `${path}.${name}`
    return typeof bound === "number" ? numberIssues(place, value, bound) : paceIssues(place, value, bound)
  }),
]

/** What is wrong with something that has to have these functions. Total. @since 0.1.0 */
export const functionIssues = (
  path: string,
  value: unknown,
  { is, names }: { readonly is: string; readonly names: ReadonlyArray<string> },
): Issues =>
  isFields(value)
    ? names.flatMap((name) =>
        typeof value[name] === "function" ? [] : [{ path: `${path}.${name}`, expected: "a function" }],
      )
    : [{ path, expected: is }]

/** What is wrong with what hears of notices. Total. @since 0.1.0 */
export const onNoticeIssues = (value: unknown): Issues =>
  typeof value === "function" ? [] : [{ path: "onNotice", expected: "a function that takes a notice" }]

const oneOf = (words: ReadonlyArray<string>) => ({
  isGood: (value: unknown) => words.some((word) => word === value),
  expected: words.map((word) => `"${word}"`).join(" | "),
})
const perhapsFunction = {
  isGood: (value: unknown) => value === undefined || typeof value === "function",
  expected: "a function, or nothing",
}

const transportFields = {
  name: { isGood: (value: unknown) => typeof value === "string" && value !== "", expected: "a name" },
  via: oneOf(["push", "sns", "xms", "email"]),
  receipts: oneOf(["none", "provider", "handset", "app"]),
  idempotency: oneOf(["key", "none"]),
  send: { isGood: (value: unknown) => typeof value === "function", expected: "a function" },
  handles: perhapsFunction,
  lookup: perhapsFunction,
} as const

const oneTransport = (path: string, value: unknown): Issues =>
  isFields(value)
    ? Object.entries(transportFields).flatMap(([name, { isGood, expected }]) =>
        isGood(value[name]) ? [] : [{ path: `${path}.${name}`, expected }],
      )
    : [{ path, expected: "a transport" }]

/** What is wrong with a list of transports, of which more may be known than the port says. Total. @since 0.1.0 */
export const transportIssues = (given: unknown): Issues =>
  Array.isArray(given)
    ? given.flatMap((one, index) => oneTransport(`transports[${index}]`, one))
    : [{ path: "transports", expected: "a list of transports" }]
