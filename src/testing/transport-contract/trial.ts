/**
 * One trial of the transport contract: a provider that plays its part, a transport, and what `send` makes of it.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { decodeInput, formatIssue } from "../../core/decode.ts"
import { type SendContext, type SendResult, SendResultSchema } from "../../ports/transport.ts"
import { same } from "../contract-case.ts"
import type { Play, Playing } from "./counterpart.ts"
import type { Subject, TransportUnderTest } from "./subject.ts"

/** Longer than any trial: a transport with this time-out is ended by something else. */
const NEVER_MS = 600_000

/** How often it is looked whether something has happened, in ms. */
const LOOK_MS = 2

/** The marks of messages: no text contains one of them by chance, and none is a part of another. @since 0.1.0 */
export const markOf = (index: number): string => `mark${String(index).padStart(3, "0")}x`

/** A running provider and the transport that sends to it. @since 0.1.0 */
export interface Trial<M, At> extends Playing<At> {
  readonly transport: TransportUnderTest<M>
}

/** Runs a trial, and ends all of it. `patient`: the transport's own time-out does not come into play. @since 0.1.0 */
export const trial = async <M, At, Answer, A>(
  { counterpart, make, timeoutMs }: Subject<M, At, Answer>,
  play: Play<Answer>,
  run: (trial: Trial<M, At>) => Promise<A>,
  patient = true,
): Promise<A> => {
  const playing = await counterpart.open(play)
  try {
    const transport = make(playing.at, patient ? NEVER_MS : timeoutMs)
    try {
      return await run({ ...playing, transport })
    } finally {
      await transport.close?.()
    }
  } finally {
    await playing.close()
  }
}

const elapsed = (ms: number, what: string) => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what}: nothing after ${ms} ms`)), ms)
  return { promise, clear: () => clearTimeout(timer) }
}

/** What comes of a promise, unless it takes too long. @since 0.1.0 */
export const within = async <A>(ms: number, what: string, promise: Promise<A>): Promise<A> => {
  const limit = elapsed(ms, what)
  try {
    return await Promise.race([promise, limit.promise])
  } finally {
    limit.clear()
  }
}

/** Waits until something is so. @since 0.1.0 */
export const until = async (ms: number, what: string, isSo: () => boolean): Promise<void> => {
  const limit = elapsed(ms, what)
  try {
    while (!isSo()) await Promise.race([new Promise((next) => setTimeout(next, LOOK_MS)), limit.promise])
  } finally {
    limit.clear()
  }
}

const leakIn = (secrets: ReadonlyArray<string>, value: unknown): number => {
  const text =
    value instanceof Error
      ? `${value.stack} ${String(value.cause)} ${JSON.stringify(value)}`
      : JSON.stringify(value)
  return secrets.findIndex((secret) => text?.includes(secret))
}

// Which secret it is, is said by its place in the list: reports of tests are read by many.
const withoutLeaks = (secrets: ReadonlyArray<string>, what: string, value: unknown): void => {
  const leak = leakIn(secrets, value)
  if (leak >= 0) throw new Error(`${what}: expected nothing confidential, but it repeats secrets[${leak}]`)
}

/** What a call of the port gives: it may not throw or reject, and repeats no secret. @since 0.1.0 */
export const answered = async <A>(
  what: string,
  secrets: ReadonlyArray<string>,
  call: () => Promise<A>,
): Promise<A> => {
  const outcome = await new Promise<A>((resolve) => resolve(call())).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ("error" in outcome) {
    withoutLeaks(secrets, `${what}'s error`, outcome.error)
    const threw = `${what}: expected a result, but it threw or rejected; failures are results`
    throw new Error(threw, { cause: outcome.error })
  }
  withoutLeaks(secrets, `${what}'s result`, outcome.value)
  return outcome.value
}

/** Throws unless it is what `send` may answer. @since 0.1.0 */
export const resultIn = (what: string, value: unknown): SendResult => {
  const read = decodeInput(SendResultSchema, value)
  if (Result.isSuccess(read)) return read.success
  throw new Error(`${what}: ${read.failure.issues.map(formatIssue).join("; ")}`)
}

/** What the engine would tell `send` of the delivery of this number; nothing of it has the message's mark. @since 0.1.0 */
export const contextOf = (via: string, index: number, changes: Partial<SendContext> = {}): SendContext => {
  const deliveryId = `acme/cust%201/c1/m${index}/${via}`
  return {
    deliveryId,
    idempotencyKey: deliveryId,
    attempt: 1,
    signal: new AbortController().signal,
    ...changes,
  }
}

/** Sends the message of this number. @since 0.1.0 */
export const send = async <M, At, Answer>(
  { message, secrets }: Subject<M, At, Answer>,
  { transport, at }: Trial<M, At>,
  index: number = 0,
  changes: Partial<SendContext> = {},
): Promise<SendResult> =>
  resultIn(
    "send",
    await answered("send", secrets, () =>
      transport.send(message(markOf(index), at), contextOf(transport.via, index, changes)),
    ),
  )

/** A result as far as the engine goes by it. @since 0.1.0 */
export const outcomeOf = (result: SendResult): string =>
  result._tag === "Rejected" ? `Rejected as ${result.reason}` : result._tag

// Says why the transport answered so. Nothing confidential is in it: that was looked at before.
const codeOf = (result: SendResult): string =>
  result._tag !== "Accepted" && result.code ? ` (${result.code})` : ""

/** Throws unless it is one of those allowed. @since 0.1.0 */
export const oneOf = (what: string, result: SendResult, allowed: ReadonlyArray<string>): void => {
  const outcome = outcomeOf(result)
  if (!allowed.includes(outcome))
    throw new Error(`${what}: expected ${allowed.join(" or ")}, but got ${outcome}${codeOf(result)}`)
}

/** Throws when the provider was asked more often than that. @since 0.1.0 */
export const triesAtMost = (limit: number, { heard }: Pick<Playing<unknown>, "heard">): void => {
  if (heard.tries > limit) same("tries of one send", heard.tries, limit)
}
