/**
 * One attempt at a provider: how it is paced, and what its answer is worth. Rules R7–R9.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput } from "../core/decode.ts"
import { type SendResult, SendResultSchema } from "../core/send-result.ts"
import { type Mistake, nonsense, thrownBy } from "./mistake.ts"
import type { SendContext } from "./transport.ts"

/**
 * How sending is paced. `timeoutMs`: how long one attempt may take. `graceMs`: how long an aborted attempt may take to
 * say what it did. `maxAttempts`: attempts at most, 1 or more, whoever is asked; those at a provider that is out of
 * order do not count. `backoffMs`: wait before the second attempt, doubled for each further one, where the provider
 * names none.
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

/** How long an attempt may take, its grace included, in ms. Total. @since 0.1.0 */
export const attemptMs = ({ timeoutMs, graceMs }: Pick<SendPolicy, "timeoutMs" | "graceMs">): number =>
  timeoutMs + graceMs

/** One attempt to send something. @since 0.1.0 */
export type Attempt = (context: SendContext) => Promise<SendResult>

/** It may have been sent. Total. @since 0.1.0 */
export const uncertain = (code: string): SendResult => ({ _tag: "Uncertain", code })

/** What came of an attempt and, where the transport broke its promise to answer, how. @since 0.1.0 */
export interface Settled {
  readonly result: SendResult
  readonly mistake?: Mistake
}

const isSendResult = Schema.is(SendResultSchema)

const understood = (answer: unknown): Settled => {
  // Nearly all answers are as they should be, and a field that is undefined counts as left out.
  if (isSendResult(answer)) return { result: answer }
  const read = decodeInput(SendResultSchema, answer, "ignore")
  return Result.isSuccess(read)
    ? { result: read.success }
    : { result: uncertain("the transport's answer is no result"), mistake: nonsense(read.failure) }
}

/**
 * What came of an attempt. A transport that throws, or answers nonsense, broke its promise to answer: nobody knows how
 * far it came. Never rejects. R9.
 * @since 0.1.0
 */
export const settled = async (attempt: Attempt, context: SendContext): Promise<Settled> => {
  try {
    return understood(await attempt(context))
  } catch (error) {
    return { result: uncertain("the transport threw"), mistake: thrownBy(error) }
  }
}
