/**
 * What `FollowUps` is opened with, looked at before it is used. Rules R6, R8, R9.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attemptMs } from "../ports/attempt.ts"
import {
  functionIssues,
  type Issues,
  ifSaid,
  onNoticeIssues,
  paceIssues,
  type Smallest,
  transportIssues,
  unknownNames,
} from "../ports/option.ts"
import { namedTwice } from "../sending/providers.ts"
import { badInput, badInputAt, type FollowUpsError } from "./error.ts"
import type { FollowUpsOptions } from "./make.ts"
import type { EnginePolicy } from "./setting.ts"

const smallest = {
  maxBatch: 1,
  maxWaiting: 1,
  maxSends: 1,
  leaseMs: 1,
  pollMs: 1,
  directoryTimeoutMs: 1,
  closeTimeoutMs: 0,
  pruneEveryMs: 1,
  pruneBatch: 1,
  send: { timeoutMs: 1, graceMs: 0, maxAttempts: 1, backoffMs: 0 },
  circuit: { maxFaults: 1, pauseMs: 1, maxPauseMs: 1 },
  notices: { timeoutMs: 1, backoffMs: 0, maxBackoffMs: 0, maxCalls: 1 },
} satisfies Record<keyof EnginePolicy, number | Smallest>

const linkFunctions = {
  is: "links, such as signedLinks(…) of followup/links",
  names: ["tag", "isTag", "nameOf", "seal", "unseal"],
}
const directoryFunctions = { is: "a directory with channel and customer", names: ["channel", "customer"] }

const issuesOf = (options: FollowUpsOptions): Issues => [
  ...unknownNames("", options, ["transports", "directory", "onNotice", "links", "policy", "engine"]),
  ...ifSaid(options.transports, transportIssues),
  ...ifSaid(options.directory, (given) => functionIssues("directory", given, directoryFunctions)),
  ...ifSaid(options.onNotice, onNoticeIssues),
  ...ifSaid(options.links, (given) => functionIssues("links", given, linkFunctions)),
  ...ifSaid(options.engine, (given) => paceIssues("engine", given, smallest)),
]

/** Fails with `bad-input` for options that have not the form that they should have, naming every place. @since 0.1.0 */
export const checkOptions = (call: string, options: FollowUpsOptions): Effect.Effect<void, FollowUpsError> =>
  Effect.suspend(() => {
    const issues = issuesOf(options)
    return issues.length === 0
      ? checkNames(call, options.transports ?? [])
      : Effect.fail(badInputAt(call, issues))
  })

// A name is how a message finds its provider again, also in another process and after a restart.
const checkNames = (call: string, transports: NonNullable<FollowUpsOptions["transports"]>) => {
  const twice = namedTwice(transports)
  return twice === undefined
    ? Effect.void
    : Effect.fail(
        badInput(
          `${call}: transports: expected names that differ within a leg, but two for ${twice.via} are named ${twice.name}`,
        ),
      )
}

/** Fails with `bad-input` when a lease is not longer than an attempt with its grace. @since 0.1.0 */
export const checkLease = (
  call: string,
  { leaseMs, send }: EnginePolicy,
): Effect.Effect<void, FollowUpsError> => {
  // Were a lease over before the attempt is, another process would take the message for interrupted.
  const leastMs = attemptMs(send)
  return leaseMs > leastMs
    ? Effect.void
    : Effect.fail(
        badInput(
          `${call}: engine.leaseMs: expected more than send.timeoutMs and send.graceMs together (${leastMs}), but it is ${leaseMs}`,
        ),
      )
}

const clockFunctions = { is: "a clock with now and sleep", names: ["now", "sleep"] }

/** Why nothing can be opened with these: what is needed before any option of the engine can be. Total. @since 0.1.0 */
export const surroundingIssues = (given: unknown): Issues => {
  if (typeof given !== "object" || given === null)
    return [{ path: "", expected: 'options, such as { store: sqlite("followup.sqlite") }' }]
  const { store, clock, observe }: { store?: unknown; clock?: unknown; observe?: unknown } = given
  return [
    ...(Layer.isLayer(store)
      ? []
      : [{ path: "store", expected: 'a store, such as sqlite("followup.sqlite")' }]),
    ...ifSaid(clock, (one) => functionIssues("clock", one, clockFunctions)),
    ...ifSaid(observe, (one) => (Layer.isLayer(one) ? [] : [{ path: "observe", expected: "a layer" }])),
  ]
}
