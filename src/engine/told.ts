/**
 * What a host tells: presence, messages, reads and receipts. Rules R1, R2, R4, R5, R7.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Input } from "../core/customer/input.ts"
import { parseDeliveryId } from "../core/customer/state.ts"
import * as Calls from "../ports/calls.ts"
import { saidAt } from "../ports/instant.ts"
import type { CustomerKey } from "../ports/store.ts"
import type { Engine } from "./engine.ts"
import { decodeCall, type FollowUpsError, refused } from "./error.ts"
import { fromMachine } from "./steady-clock.ts"

/** What a host tells. Each call succeeds once what it led to is committed. @since 0.1.0 */
export interface ToldCalls {
  /** A customer's browser or app reports. R2. */
  readonly presence: (call: Calls.PresenceCall) => Effect.Effect<void, FollowUpsError>
  /** Somebody wrote in a chat. R1, R4, R5. */
  readonly message: (call: Calls.MessageCall) => Effect.Effect<void, FollowUpsError>
  /** The customer has seen a chat up to a message. R1. */
  readonly read: (call: Calls.ReadCall) => Effect.Effect<void, FollowUpsError>
  /** News of a delivery. R7. */
  readonly receipt: (call: Calls.ReceiptCall) => Effect.Effect<void, FollowUpsError>
}

const at = (call: string, atMs: number | undefined) =>
  Clock.clockWith((clock) =>
    clock.currentTimeMillis.pipe(
      Effect.flatMap((nowMs) => saidAt(call, atMs, nowMs)),
      Effect.map((saidMs) => (atMs === undefined ? saidMs : fromMachine(clock, saidMs))),
    ),
  )

/** The calls by which a host tells what happened. Total. @since 0.1.0 */
export const toldCalls = (engine: Engine): ToldCalls => {
  const submit = (key: CustomerKey, input: Input): Effect.Effect<void, FollowUpsError> =>
    engine
      .submit(key, input)
      .pipe(
        Effect.flatMap((result) =>
          Result.isFailure(result) ? Effect.fail(refused(result.failure)) : Effect.void,
        ),
      )
  return {
    presence: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall(
          "presence",
          Calls.PresenceCallSchema,
          input,
        )
        const atMs = yield* at("presence", call.atMs)
        yield* submit({ channelId, customerId }, { _tag: "PresenceSignal", ...call, atMs })
      }),
    message: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall(
          "message",
          Calls.MessageCallSchema,
          input,
        )
        const { purpose = "chat" } = call
        const atMs = yield* at("message", call.atMs)
        yield* submit({ channelId, customerId }, { _tag: "Message", ...call, purpose, atMs })
      }),
    read: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall("read", Calls.ReadCallSchema, input)
        yield* submit(
          { channelId, customerId },
          { _tag: "Read", ...call, atMs: yield* at("read", call.atMs) },
        )
      }),
    receipt: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall("receipt", Calls.ReceiptCallSchema, input)
        const { deliveryId } = call
        const key = parseDeliveryId(deliveryId)
        if (key === undefined) return yield* Effect.fail(refused({ _tag: "UnknownDelivery", deliveryId }))
        yield* submit(key, { _tag: "Receipt", ...call, atMs: yield* at("receipt", call.atMs) })
      }),
  }
}
