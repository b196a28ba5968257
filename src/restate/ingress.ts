/**
 * Calls through Restate's ingress. Few are under way at once, and repetitions are spread by chance: after an outage an
 * ingress that all callers rush at together does not come back.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Semaphore from "effect/Semaphore"
import { badInput, FollowUpsError } from "../ports/error.ts"
import { backoffAfter } from "../sending/backoff.ts"
import { UNDECIDED } from "./contract.ts"

/**
 * How the ingress is called. `maxInFlight`: calls under way at most; further ones wait. `timeoutMs`: how long one
 * attempt may take. `maxAttempts`: attempts at a call, 1 or more. `backoffMs`: longest wait before the second attempt,
 * doubled for each further one up to `maxBackoffMs`; how much of it is waited is drawn by lot. Times in ms.
 * @since 0.1.0
 */
export interface IngressPolicy {
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly maxAttempts: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** 64 at a time, 15 s each, and about half a minute of repetitions. @since 0.1.0 */
export const defaultIngress: IngressPolicy = {
  maxInFlight: 64,
  timeoutMs: 15_000,
  maxAttempts: 12,
  backoffMs: 200,
  maxBackoffMs: 5_000,
}

/** Where the ingress is. `headers` go with every call, such as an authorization. @since 0.1.0 */
export interface IngressAddress {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * One call: what the host called, by which its failure is named, the handler of an object, and what that is given. With
 * `once` it is known by a key, so that it is done once however often it is repeated; without, repeating it must change
 * nothing.
 * @since 0.1.0
 */
export interface IngressCall {
  readonly call: string
  readonly object: { readonly name: string }
  readonly key: string
  readonly handler: string
  readonly body?: unknown
  readonly once?: boolean
}

/** Calls a handler and gives what it answers. @since 0.1.0 */
export type Ingress = <A>(call: IngressCall) => Effect.Effect<A, FollowUpsError>

/** An attempt that may be repeated, because the ingress did not answer or said that it could not. */
class Unanswered {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

const OK = 200
const NO_CONTENT = 204
const BAD_REQUEST = 400
const NOT_FOUND = 404
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

const failure = (
  reason: "bad-input" | "undecided" | "store",
  message: string,
  cause?: unknown,
): FollowUpsError => new FollowUpsError({ reason, message, ...(cause !== undefined && { cause }) })

// Handlers refuse bad input with its places; the ingress wraps that in JSON.
const messageIn = (text: string): string => {
  try {
    const { message } = JSON.parse(text)
    return typeof message === "string" ? message : text
  } catch {
    return text
  }
}

const read = async <A>(response: Response, { call, object }: IngressCall): Promise<A> => {
  const text = await response.text()
  if (response.status === OK || response.status === NO_CONTENT)
    return text === "" ? (undefined as A) : JSON.parse(text)
  const isDecided = response.headers.get("x-restate-error-source") === "invocation"
  if (passing.has(response.status) && !isDecided) throw new Unanswered(`it answered ${response.status}`)
  if (response.status === BAD_REQUEST) throw failure("bad-input", `${call}: ${messageIn(text)}`)
  if (response.status === UNDECIDED) throw failure("undecided", `${call}: ${messageIn(text)}`)
  const hint = response.status === NOT_FOUND ? "; are the services registered?" : ""
  throw failure("store", `Restate answered ${response.status} for ${object.name}${hint}`)
}

const attemptAt = <A>(
  { url, headers }: IngressAddress,
  call: IngressCall,
  callId: string,
  timeoutMs: number,
) =>
  Effect.tryPromise({
    try: async (signal): Promise<A> => {
      const target = [call.object.name, call.key, call.handler].map(encodeURIComponent).join("/")
      const response = await fetch(`${url.replace(/\/$/, "")}/${target}`, {
        method: "POST",
        headers: {
          ...headers,
          ...(call.body !== undefined && { "content-type": "application/json" }),
          ...(call.once === true && { "idempotency-key": callId }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        // What customers wrote, and the authorization, go where the host said.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      return read<A>(response, call)
    },
    catch: (error) =>
      error instanceof FollowUpsError || error instanceof Unanswered
        ? error
        : new Unanswered("it cannot be reached, or did not answer in time"),
  })

// Whatever their escape, they are steps to another folder in every URL.
const noUrlHolds = (key: string): boolean => key === "." || key === ".."

/** Calls through the ingress at an address. @since 0.1.0 */
export const makeIngress = (address: IngressAddress, policy: IngressPolicy): Ingress => {
  const slots = Semaphore.makeUnsafe(policy.maxInFlight)
  return <A>(call: IngressCall) =>
    Effect.gen(function* () {
      if (noUrlHolds(call.key))
        yield* badInput(`${call.call}: expected an id of a channel that a URL can hold, neither "." nor ".."`)
      const callId = crypto.randomUUID()
      for (let attempt = 1; ; attempt++) {
        const outcome = yield* attemptAt<A>(address, call, callId, policy.timeoutMs).pipe(
          slots.withPermits(1),
          Effect.result,
        )
        if (outcome._tag === "Success") return outcome.success
        const error = outcome.failure
        if (error instanceof FollowUpsError) return yield* Effect.fail(error)
        if (attempt >= policy.maxAttempts)
          return yield* Effect.fail(failure("store", `Restate's ingress: ${error.why}`))
        const longestMs = Math.min(policy.maxBackoffMs, backoffAfter(attempt, policy.backoffMs))
        yield* Effect.sleep(longestMs * (yield* Random.next))
      }
    })
}
