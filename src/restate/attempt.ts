/**
 * One attempt to send, and what follows from its result. Rules R7–R9.
 *
 * Only what is certain not to have been sent is sent again; of what may have been sent, the provider is asked, or the
 * same key is used where the provider honours keys, or it stays uncertain.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { InputOf } from "../core/customer/input.ts"
import type { SendResult } from "../core/send-result.ts"
import { type SendPolicy, settled, type Attempt as Try, uncertain } from "../ports/attempt.ts"
import { saysNothingOfBefore } from "../ports/refusal.ts"
import type { OutboxItem, OutboxMessage } from "../ports/store.ts"
import type { AnyTransport, SendContext } from "../ports/transport.ts"
import type { Transports } from "./setting.ts"

/**
 * One attempt at a message. `attempt` counts from 1. `interrupted`: one before ended without an answer, so it may have
 * been sent. `wanted`: it is still worth sending.
 * @since 0.1.0
 */
export interface Attempt {
  readonly item: OutboxItem
  readonly attempt: number
  readonly interrupted: boolean
  readonly wanted: boolean
}

/**
 * What follows from an attempt: an answer for the rules, or another attempt `afterMs` later (`interrupted` if it may
 * have been sent already).
 * @since 0.1.0
 */
export type Followed =
  | ({ readonly _tag: "Answer" } & Pick<InputOf<"SendAnswered">, "result" | "receiptExpected">)
  | { readonly _tag: "Again"; readonly afterMs: number; readonly interrupted: boolean }

const inTime = (send: Try, { item, attempt }: Attempt, policy: SendPolicy): Effect.Effect<SendResult> =>
  Effect.suspend(() => {
    const controller = new AbortController()
    const { deliveryId } = item
    const answer = settled(send, {
      deliveryId,
      idempotencyKey: deliveryId,
      attempt,
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
    return waitFor.pipe(Effect.timeoutOrElse({ duration: policy.timeoutMs, orElse: () => lastWord }))
  })

// One of several devices is enough to call the customer back.
const combined = (results: ReadonlyArray<SendResult>): SendResult =>
  results.find((result) => result._tag === "Accepted") ??
  results.find((result) => result._tag === "Uncertain") ??
  results[0] ?? { _tag: "Rejected", reason: "gone" }

const sendBy = ({ push, sns, xms, email }: Transports, message: OutboxMessage): Try | undefined => {
  switch (message.via) {
    case "push": {
      const { tokens, via: _, ...rest } = message
      // A key names one send: were it the same for all devices, a provider would send to the first only.
      const toEach = (context: SendContext) =>
        tokens.map((token, index) =>
          settled(async (one) => push?.send({ ...rest, token }, one) ?? uncertain("no transport"), {
            ...context,
            idempotencyKey: `${context.idempotencyKey}/${index}`,
          }),
        )
      return push && (async (context) => combined(await Promise.all(toEach(context))))
    }
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

const afterInterruption = (transport: AnyTransport, send: Try, wanted: boolean): Try =>
  wanted && transport.idempotency === "key"
    ? send
    : async (context) => (await transport.lookup?.(context.deliveryId, context)) ?? uncertain("interrupted")

/**
 * Makes one attempt and gives its result. Never rejects: what goes wrong in a transport is a result too. R7–R9.
 * @since 0.1.0
 */
export const makeAttempt = async (
  transports: Transports,
  made: Attempt,
  policy: SendPolicy,
): Promise<SendResult | { readonly _tag: "Withdrawn" }> => {
  const { item, interrupted, wanted } = made
  const transport: AnyTransport | undefined = transports[item.via]
  const send = sendBy(transports, item.message)
  if (transport === undefined || send === undefined)
    return interrupted ? uncertain("no transport") : { _tag: "Rejected", reason: "config" }
  if (!interrupted && !wanted) return { _tag: "Withdrawn" }
  const one = interrupted ? afterInterruption(transport, send, wanted) : send
  return Effect.runPromise(inTime(one, made, policy))
}

/**
 * What follows from an attempt's result at `nowMs`, UTC epoch ms. Total. R7–R9.
 * @since 0.1.0
 */
export const followed = (
  transport: AnyTransport | undefined,
  { item, attempt, interrupted, wanted }: Attempt,
  result: SendResult | { readonly _tag: "Withdrawn" },
  nowMs: number,
  { backoffMs, maxAttempts }: SendPolicy,
): Followed => {
  const answer = (said: typeof result): Followed => ({
    _tag: "Answer",
    result: said,
    receiptExpected: transport !== undefined && transport.receipts !== "none",
  })
  if (transport === undefined) return answer(result)
  const ownMs = backoffMs * 2 ** (attempt - 1)
  const mayWait = (ms: number): boolean => attempt < maxAttempts && wanted && nowMs + ms < item.expiresAtMs
  // Refusing a repetition for now says nothing of the attempt before, which may have been sent.
  const mayHaveLeft = interrupted && transport.idempotency === "key"
  if (result._tag === "Rejected" && result.retryAfterMs !== undefined) {
    const afterMs = Math.max(result.retryAfterMs, ownMs)
    if (mayWait(afterMs)) return { _tag: "Again", afterMs, interrupted: mayHaveLeft }
    if (mayHaveLeft) return answer(uncertain(result.reason))
  }
  const known = mayHaveLeft && wanted && saysNothingOfBefore(result) ? uncertain(result.reason) : result
  const canSettle = transport.idempotency === "key" || transport.lookup !== undefined
  if (known._tag === "Uncertain" && canSettle && mayWait(ownMs))
    return { _tag: "Again", afterMs: ownMs, interrupted: true }
  return answer(known)
}
