/**
 * Scenario files: a channel, its customers, how its transports behave, and what happens when.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { priceKinds } from "../../core/billing/price-book.ts"
import { PuSchema } from "../../core/billing/pu.ts"
import { CountryKey } from "../../core/countries/country-rule.ts"
import { hasToken } from "../../core/customer/context.ts"
import { type BadInput, decodeInput, Id, type InputIssue } from "../../core/decode.ts"
import { ChannelInputSchema, CustomerInputSchema } from "../../core/directory.ts"
import { PolicyInputSchema } from "../../core/policy.ts"
import { durationMs, isDuration } from "./duration.ts"

const optionalKey = Schema.optionalKey

const Duration = Schema.String.check(
  Schema.makeFilter(isDuration, { expected: 'a duration such as "270s", "4m30s" or "250ms"' }),
)

const isInstant = (text: string): boolean => {
  // Without an offset the same file would mean another instant on another machine.
  const day = /^(\d{4}-\d\d-\d\d)T.+(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1]
  // Date.parse turns 30 February into 2 March, and nothing here happens before 1970.
  return (
    day !== undefined && Date.parse(text) >= 0 && new Date(`${day}T00:00Z`).toISOString().slice(0, 10) === day
  )
}

const Instant = Schema.String.check(
  Schema.makeFilter(isInstant, { expected: 'an instant such as "2026-01-05T09:00:00Z"' }),
)

const Carrier = Schema.Struct({
  // biome-ignore lint/suspicious/noThenProperty: the scenario format names it so
  then: optionalKey(Schema.Literals(["delivered", "failed", "blocked", "uncertain", "silent"])),
  after: optionalKey(Duration),
})

const ScenarioChannel = Schema.Struct({ ...ChannelInputSchema.fields, usedPu: optionalKey(PuSchema) })

const Happening = Schema.Struct({
  at: Duration,
  presence: optionalKey(
    Schema.Struct({
      customer: Id,
      session: Id,
      signal: Schema.Literals(["active", "hidden", "visible", "left"]),
    }),
  ),
  message: optionalKey(
    Schema.Struct({
      chat: Id,
      customer: Id,
      id: Id,
      from: Schema.Literals(["customer", "manager", "bot"]),
      text: Schema.String,
      purpose: optionalKey(Schema.Literals(["chat", "marketing"])),
      session: optionalKey(Id),
      author: optionalKey(Schema.String),
    }),
  ),
  read: optionalKey(Schema.Struct({ chat: Id, customer: Id, upTo: Id })),
  usage: optionalKey(
    Schema.Struct({
      kind: Schema.Literals(priceKinds),
      country: optionalKey(CountryKey),
      pu: PuSchema,
      purpose: optionalKey(Schema.Literals(["marketing", "other"])),
    }),
  ),
})

const Annotation = optionalKey(Schema.String)

/** Schema of a scenario file; the format is described in the guide to scenarios. @since 0.1.0 */
export const ScenarioSchema = Schema.Struct({
  $schema: Annotation,
  title: Annotation,
  description: Annotation,
  startsAt: optionalKey(Instant),
  channel: ScenarioChannel,
  policy: optionalKey(PolicyInputSchema),
  customers: Schema.Array(CustomerInputSchema),
  transports: optionalKey(
    Schema.Struct({
      push: optionalKey(
        Schema.Struct({
          // biome-ignore lint/suspicious/noThenProperty: the scenario format names it so
          then: optionalKey(Schema.Literals(["received", "rejected", "uncertain", "silent"])),
          after: optionalKey(Duration),
        }),
      ),
      sns: optionalKey(Carrier),
      xms: optionalKey(Carrier),
      email: optionalKey(Carrier),
    }),
  ),
  timeline: Schema.Array(Happening),
  until: Duration,
})

/** A scenario, decoded and consistent. @since 0.1.0 */
export type Scenario = typeof ScenarioSchema.Type

/** One entry of a scenario's timeline. @since 0.1.0 */
export type Happening = Scenario["timeline"][number]

const kindsOf = ({ presence, message, read, usage }: Happening): number =>
  [presence, message, read, usage].filter((part) => part !== undefined).length

// A token is signed by a host's own key.
const linkIssues = ({ channel }: Scenario): ReadonlyArray<InputIssue> =>
  hasToken(channel.chatUrl)
    ? [{ path: "channel.chatUrl", expected: "no {token}: nobody signs it in a scenario" }]
    : []

const messageKey = (customer: string, chat: string, id: string): string =>
  JSON.stringify([customer, chat, id])

/** How many of the declared customers are named to whom names another. */
const MAX_NAMED = 5

const customerIssues = (scenario: Scenario): ReadonlyArray<InputIssue> => {
  const ids = new Set<string>()
  const twice = scenario.customers.flatMap(({ id }, index) => {
    const isNew = !ids.has(id)
    ids.add(id)
    return isNew ? [] : [{ path: `customers[${index}].id`, expected: "an id that no customer before has" }]
  })
  const named = [...ids].slice(0, MAX_NAMED).join(", ") + (ids.size > MAX_NAMED ? ", …" : "")
  const declared =
    ids.size === 0 ? "a declared customer; the file declares none" : `a declared customer: ${named}`
  const strangers = scenario.timeline.flatMap((happening, index) =>
    (["presence", "message", "read"] as const).flatMap((kind) => {
      const customer = happening[kind]?.customer
      return customer === undefined || ids.has(customer)
        ? []
        : [{ path: `timeline[${index}].${kind}.customer`, expected: declared }]
    }),
  )
  return [...twice, ...strangers]
}

// A read can only cover what has been written by then; the order is that in which the timeline is applied.
const readIssues = (scenario: Scenario): ReadonlyArray<InputIssue> => {
  const written = new Set<string>()
  return inOrder(scenario.timeline).flatMap(({ happening: { message, read }, index }) => {
    if (message !== undefined) written.add(messageKey(message.customer, message.chat, message.id))
    return read === undefined || written.has(messageKey(read.customer, read.chat, read.upTo))
      ? []
      : [{ path: `timeline[${index}].read.upTo`, expected: `a message of chat ${read.chat} written by then` }]
  })
}

/**
 * A timeline in the order in which it is applied: by `at`, equal instants as in the file. Total.
 * @since 0.1.0
 */
export const inOrder = (
  timeline: ReadonlyArray<Happening>,
): ReadonlyArray<{ readonly happening: Happening; readonly index: number; readonly atMs: number }> =>
  timeline
    .map((happening, index) => ({ happening, index, atMs: durationMs(happening.at) }))
    .toSorted((a, b) => a.atMs - b.atMs)

/**
 * Decodes a scenario, and checks that every name that it uses is declared in it. Total.
 * @since 0.1.0
 */
export const decodeScenario = (input: unknown): Result.Result<Scenario, BadInput> => {
  const decoded = decodeInput(ScenarioSchema, input)
  if (Result.isFailure(decoded)) return decoded
  const scenario = decoded.success
  const shapes = scenario.timeline.flatMap((happening, index) =>
    kindsOf(happening) === 1
      ? []
      : [{ path: `timeline[${index}]`, expected: "exactly one of presence, message, read and usage" }],
  )
  const issues = [...linkIssues(scenario), ...shapes, ...customerIssues(scenario), ...readIssues(scenario)]
  return issues.length === 0 ? decoded : Result.fail({ _tag: "BadInput", issues })
}
