/**
 * How a scenario's transports behave: what they answer to a delivery, and when.
 * @since 0.1.0
 */
import type { EventOf } from "../../core/customer/event.ts"
import type { InputOf } from "../../core/customer/input.ts"
import type { SendResult } from "../../core/send-result.ts"
import { durationMs } from "./duration.ts"

/** What a scripted transport says. @since 0.1.0 */
export type Answer = InputOf<"SendAnswered"> | InputOf<"Receipt">

/** A transport's part in a scenario: what comes of a message, its arrival unless said, and after how long, `"1s"` unless said. @since 0.1.0 */
export interface Script {
  readonly then?: "received" | "delivered" | "rejected" | "failed" | "blocked" | "uncertain" | "silent"
  readonly after?: string
}

const DEFAULT_AFTER = "1s"

/**
 * What a transport answers to a delivery. What arrives was accepted at once and is confirmed `after`; a refusal, or
 * an answer that tells nothing, comes `after`; silence is an acceptance and nothing more. Total.
 * @since 0.1.0
 */
export const answersOf = (
  script: Script | undefined,
  event: EventOf<"DeliveryRequested">,
): ReadonlyArray<Answer> => {
  const { deliveryId, atMs } = event
  const ends = script?.then ?? (event.via === "push" ? "received" : "delivered")
  const afterMs = atMs + durationMs(script?.after ?? DEFAULT_AFTER)
  const answer = (result: SendResult, answeredAtMs: number): Answer => ({
    _tag: "SendAnswered",
    deliveryId,
    result,
    receiptExpected: true,
    atMs: answeredAtMs,
  })
  switch (ends) {
    case "received":
    case "delivered":
      return [
        answer({ _tag: "Accepted" }, atMs),
        { _tag: "Receipt", deliveryId, status: ends, atMs: afterMs },
      ]
    case "rejected":
      return [answer({ _tag: "Rejected", reason: "gone" }, afterMs)]
    case "failed":
      return [answer({ _tag: "Rejected", reason: "provider-error" }, afterMs)]
    case "blocked":
      return [answer({ _tag: "Rejected", reason: "blocked" }, afterMs)]
    case "uncertain":
      return [answer({ _tag: "Uncertain" }, afterMs)]
    case "silent":
      return [answer({ _tag: "Accepted" }, atMs)]
  }
}
