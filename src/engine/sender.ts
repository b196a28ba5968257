/**
 * Sends one outbox item, outside any transaction, and says what came of it. Rules R7–R9.
 *
 * Only what is certain not to have been sent is sent again; of what may have been sent, the provider is asked, or the
 * same key is used where the provider honours keys, or it stays uncertain.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Via } from "../core/customer/state.ts"
import { type SendResult, SendResultSchema } from "../core/send-result.ts"
import type { ClaimedItem, OutboxMessage } from "../ports/store.ts"
import type {
  EmailMessage,
  PushMessage,
  SendContext,
  SnsMessage,
  Transport,
  XmsMessage,
} from "../ports/transport.ts"

/** A transport for any of the four legs. @since 0.1.0 */
export type AnyTransport =
  | Transport<PushMessage>
  | Transport<SnsMessage>
  | Transport<XmsMessage>
  | Transport<EmailMessage>

/** One transport at most for each leg. @since 0.1.0 */
export interface Transports {
  readonly push?: Transport<PushMessage>
  readonly sns?: Transport<SnsMessage>
  readonly xms?: Transport<XmsMessage>
  readonly email?: Transport<EmailMessage>
}

/**
 * How sending is paced. `timeoutMs`: how long one attempt may take. `graceMs`: how long an aborted attempt may take to
 * say what it did. `maxAttempts`: attempts at most, 1 or more. `backoffMs`: wait before the second attempt, doubled for
 * each further one, where the provider names none.
 * @since 0.1.0
 */
export interface SendPolicy {
  readonly timeoutMs: number
  readonly graceMs: number
  readonly maxAttempts: number
  readonly backoffMs: number
}

/** The product's pace. @since 0.1.0 */
export const defaultSend: SendPolicy = { timeoutMs: 15_000, graceMs: 1_000, maxAttempts: 5, backoffMs: 2_000 }

/**
 * What came of a claimed item: an answer for the rules, or another attempt from `notBeforeMs` on (`interrupted` if it
 * may have been sent already).
 * @since 0.1.0
 */
export type Sent =
  | {
      readonly _tag: "Answer"
      readonly result: SendResult | { readonly _tag: "Withdrawn" }
      readonly receiptExpected: boolean
    }
  | { readonly _tag: "Postpone"; readonly notBeforeMs: number; readonly interrupted: boolean }

const uncertain = (code: string): SendResult => ({ _tag: "Uncertain", code })

type Attempt = (context: SendContext) => Promise<SendResult>

const isSendResult = Schema.is(SendResultSchema)

// A transport that throws, or answers nonsense, broke its promise to answer; nobody knows how far it came.
const settled = (attempt: Attempt, context: SendContext): Promise<SendResult> => {
  try {
    return attempt(context).then(
      (result) => (isSendResult(result) ? result : uncertain("the transport's answer is no result")),
      () => uncertain("the transport threw"),
    )
  } catch {
    return Promise.resolve(uncertain("the transport threw"))
  }
}

const runAttempt = (item: ClaimedItem, attempt: Attempt, policy: SendPolicy): Effect.Effect<SendResult> =>
  Effect.suspend(() => {
    const controller = new AbortController()
    const answer = settled(attempt, {
      deliveryId: item.deliveryId,
      idempotencyKey: item.deliveryId,
      attempt: item.attempt,
      signal: controller.signal,
    })
    const waitFor = Effect.promise(() => answer)
    const lastWord = Effect.suspend(() => {
      controller.abort()
      return waitFor.pipe(
        Effect.timeoutOrElse({
          duration: policy.graceMs,
          orElse: () => Effect.succeed(uncertain("timed out")),
        }),
      )
    })
    return waitFor.pipe(
      Effect.timeoutOrElse({ duration: policy.timeoutMs, orElse: () => lastWord }),
      Effect.onInterrupt(() => Effect.sync(() => controller.abort())),
    )
  })

// One of several devices is enough to call the customer back.
const combine = (results: ReadonlyArray<SendResult>): SendResult =>
  results.find((result) => result._tag === "Accepted") ??
  results.find((result) => result._tag === "Uncertain") ??
  results[0] ?? { _tag: "Rejected", reason: "gone" }

const attemptWith = (transports: Transports, message: OutboxMessage): Attempt | undefined => {
  const { push, sns, xms, email } = transports
  switch (message.via) {
    case "push":
      return (
        push &&
        (async (context) => {
          const { tokens, via: _, ...rest } = message
          // A key names one send: were it the same for all devices, a provider would send to the first only.
          const sends = tokens.map((token, index) =>
            settled((ctx) => push.send({ ...rest, token }, ctx), {
              ...context,
              idempotencyKey: `${context.idempotencyKey}/${index}`,
            }),
          )
          return combine(await Promise.all(sends))
        })
      )
    case "sns":
      return sns && ((context) => sns.send(message, context))
    case "xms":
      return xms && ((context) => xms.send(message, context))
    case "email":
      return email && ((context) => email.send(message, context))
    case "unreadable":
      return undefined
  }
}

const backoff = (item: ClaimedItem, { backoffMs }: SendPolicy): number => backoffMs * 2 ** (item.attempt - 1)

const mayRetry = (item: ClaimedItem, nowMs: number, afterMs: number, { maxAttempts }: SendPolicy): boolean =>
  item.attempt < maxAttempts && !item.cancelled && nowMs + afterMs < item.expiresAtMs

const conclude = (
  transport: AnyTransport,
  item: ClaimedItem,
  result: SendResult,
  nowMs: number,
  policy: SendPolicy,
): Sent => {
  const receiptExpected = transport.receipts !== "none"
  // Refusing a repetition for now says nothing of the attempt before, which may have been sent.
  const mayHaveLeft = item.interrupted && transport.idempotency === "key"
  if (result._tag === "Rejected" && result.retryAfterMs !== undefined) {
    const afterMs = Math.max(result.retryAfterMs, backoff(item, policy))
    if (mayRetry(item, nowMs, afterMs, policy))
      return { _tag: "Postpone", notBeforeMs: nowMs + afterMs, interrupted: mayHaveLeft }
    if (mayHaveLeft) return { _tag: "Answer", result: uncertain(result.reason), receiptExpected }
  }
  const canSettle = transport.idempotency === "key" || transport.lookup !== undefined
  if (result._tag === "Uncertain" && canSettle && mayRetry(item, nowMs, backoff(item, policy), policy))
    return { _tag: "Postpone", notBeforeMs: nowMs + backoff(item, policy), interrupted: true }
  return { _tag: "Answer", result, receiptExpected }
}

// What may have been sent is sent again only while it is still wanted, and under a key that the provider honours; else
// the provider is asked.
const attemptAfterInterruption = (transport: AnyTransport, send: Attempt, isWanted: boolean): Attempt =>
  isWanted && transport.idempotency === "key"
    ? send
    : async (context) => (await transport.lookup?.(context.deliveryId, context)) ?? uncertain("interrupted")

/**
 * Sends a claimed item and says what came of it. Never fails: what goes wrong in a transport is an answer too.
 * R7–R9.
 * @since 0.1.0
 */
export const sendItem = Effect.fnUntraced(function* (
  transports: Transports,
  item: ClaimedItem,
  policy: SendPolicy = defaultSend,
) {
  const startsMs = yield* Clock.currentTimeMillis
  const transport: AnyTransport | undefined = transports[item.via]
  const send = attemptWith(transports, item.message)
  const answer = (result: SendResult | { readonly _tag: "Withdrawn" }): Sent => ({
    _tag: "Answer",
    result,
    receiptExpected: false,
  })
  if (transport === undefined || send === undefined)
    return answer(item.interrupted ? uncertain("no transport") : { _tag: "Rejected", reason: "config" })
  const isWanted = !item.cancelled && startsMs < item.expiresAtMs
  if (!item.interrupted && !isWanted) return answer({ _tag: "Withdrawn" })
  const attempt = item.interrupted ? attemptAfterInterruption(transport, send, isWanted) : send
  const result = yield* runAttempt(item, attempt, policy)
  return conclude(transport, item, result, yield* Clock.currentTimeMillis, policy)
})

/**
 * The transports by leg. Of two for one leg the later one stands. Total.
 * @since 0.1.0
 */
export const byVia = (transports: ReadonlyArray<AnyTransport>): Transports =>
  Object.fromEntries(transports.map((transport) => [transport.via, transport]))

/** The legs for which a transport is there. Total. @since 0.1.0 */
export const carriersOf = (transports: Transports): ReadonlySet<Via> =>
  new Set((["push", "sns", "xms", "email"] as const).filter((via) => transports[via] !== undefined))
