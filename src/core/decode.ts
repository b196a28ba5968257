/**
 * Bad input at the boundary: what was wrong, where, and what was expected instead.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { withoutUndefined } from "./left-out.ts"

/** One thing wrong: the place inside the input (`timeline[3].at`; `` is the whole) and what was expected there. @since 0.1.0 */
export interface InputIssue {
  readonly path: string
  readonly expected: string
}

/** Input that could not be accepted; at least one issue, in the input's order. It never repeats the values. @since 0.1.0 */
export interface BadInput {
  readonly _tag: "BadInput"
  readonly issues: ReadonlyArray<InputIssue>
}

const segment = (key: PropertyKey): string =>
  typeof key === "number" || (typeof key === "string" && /^\d+$/.test(key))
    ? `[${String(key)}]`
    : `.${String(key)}`

/** A path as a reader would write it. Total. @example formatPath(["timeline", 3, "at"]) // => "timeline[3].at" @since 0.1.0 */
export const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.map(segment).join("").replace(/^\./, "")

interface StandardIssue {
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof part === "object" ? part.key : part

const pathOf = ({ path = [] }: StandardIssue): ReadonlyArray<PropertyKey> => path.map(keyOf)

const plainer: Readonly<Record<string, string>> = {
  "Missing key": "a value; it is missing",
  "Expected no excess property": "no field of this name",
}

const expectation = (message: string): string =>
  Object.hasOwn(plainer, message) ? (plainer[message] ?? message) : message.replace(/^Expected /i, "")

type UnknownKeys = "error" | "ignore"

const compile = <A, I>(schema: Schema.Codec<A, I>, onExcessProperty: UnknownKeys) =>
  Schema.toStandardSchemaV1(schema, { parseOptions: { errors: "all", onExcessProperty } })["~standard"]

// Each way of reading a Schema is compiled once: compiling costs three times as much as reading a call.
const readers: Readonly<Record<UnknownKeys, WeakMap<object, unknown>>> = {
  error: new WeakMap(),
  ignore: new WeakMap(),
}

const readerOf = <A, I>(
  schema: Schema.Codec<A, I>,
  unknownKeys: UnknownKeys,
): ReturnType<typeof compile<A, I>> => {
  const known = readers[unknownKeys].get(schema) as ReturnType<typeof compile<A, I>> | undefined
  if (known !== undefined) return known
  const reader = compile(schema, unknownKeys)
  readers[unknownKeys].set(schema, reader)
  return reader
}

/**
 * Decodes unknown input with a Schema. Unknown keys are refused, since a misspelt option must not be ignored; with
 * `"ignore"` they are left out, for records that were not made for us. A field that is `undefined` counts as left out.
 * All issues are gathered. Total for Schemas without asynchronous parts.
 * @since 0.1.0
 */
export const decodeInput = <A, I>(
  schema: Schema.Codec<A, I>,
  input: unknown,
  unknownKeys: UnknownKeys = "error",
): Result.Result<A, BadInput> => {
  const { validate } = readerOf(schema, unknownKeys)
  const asGiven = validate(input)
  const refused = "issues" in asGiven ? asGiven.issues : undefined
  // Searched only when refused: nearly all calls are as they should be.
  const outcome = refused === undefined ? asGiven : validate(withoutUndefined(input, refused.map(pathOf)))
  if (outcome instanceof Promise)
    return Result.fail({
      _tag: "BadInput",
      issues: [{ path: "", expected: "a Schema without asynchronous parts" }],
    })
  if (outcome.issues === undefined) return Result.succeed(outcome.value)
  return Result.fail({
    _tag: "BadInput",
    issues: outcome.issues.map((issue) => ({
      path: formatPath(pathOf(issue)),
      expected: expectation(issue.message),
    })),
  })
}

/** One issue for a person; what is wrong as a whole has no place. Total. @since 0.1.0 */
export const formatIssue = ({ path, expected }: InputIssue): string =>
  `${path === "" ? "" : `${path}: `}expected ${expected}`

/**
 * The issues as lines for a person: `timeline[3].at: expected a duration such as "30s"`. Total.
 * @since 0.1.0
 */
export const formatBadInput = (bad: BadInput): string =>
  bad.issues.map(({ path, expected }) => formatIssue({ path: path || "input", expected })).join("\n")

const wellFormed = Schema.makeFilter<string>((text) => text.isWellFormed() || "text without lone surrogates")

// Postgres keeps none, so that such an id would be one in some stores only.
const withoutNul = Schema.makeFilter<string>(
  (text) => !text.includes("\0") || "text without the character U+0000",
)

/** An id that the host chose: 1 to 200 UTF-16 units, well-formed, without U+0000. @since 0.1.0 */
export const Id = Schema.String.check(Schema.isBetweenLength(1, 200), wellFormed, withoutNul)

/** An instant: whole UTC epoch ms, from 1970 to the year 9999. @since 0.1.0 */
export const InstantMs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 253_402_300_799_999 }))

/** A duration in whole milliseconds, 0 to about 10 years. @since 0.1.0 */
export const DurationMs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 315_360_000_000 }))
