/**
 * What a host calls when followup runs on Restate: the engine's calls, as far as they concern one customer or one
 * channel. Rules R1–R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { UsageReport } from "../core/billing/usage.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import type { Input } from "../core/customer/input.ts"
import { parseDeliveryId } from "../core/customer/state.ts"
import { Id } from "../core/decode.ts"
import { type Explanation, explain } from "../core/history/explain.ts"
import { type PostLogEntry, postLog } from "../core/history/post-log.ts"
import * as Calls from "../ports/calls.ts"
import { unsignedToken } from "../ports/customer-links.ts"
import { badInput, decodeCall, type FollowUpsError, refused, unknownChannel } from "../ports/error.ts"
import { saidAt } from "../ports/instant.ts"
import type { CustomerKey, Notice } from "../ports/store.ts"
import type { RestateClock } from "./clock.ts"
import { channelObject, customerKey, customerObject, type Heard } from "./contract.ts"
import type { Ingress } from "./ingress.ts"

/**
 * followup on Restate. Promises that change something resolve once Restate has it for good, and may be repeated; they
 * reject with a `FollowUpsError`.
 * @since 0.1.0
 */
export interface RestateFollowUps {
  /** A customer's browser or app reports. R2. */
  presence(call: Calls.PresenceCall): Promise<void>
  /** Somebody wrote in a chat. R1, R4, R5. */
  message(call: Calls.MessageCall): Promise<void>
  /** The customer has seen a chat up to a message. R1. */
  read(call: Calls.ReadCall): Promise<void>
  /** News of a delivery, such as an app's acknowledgement of a push. R7. */
  receipt(call: Calls.ReceiptCall): Promise<void>
  /** Keeps a customer's contacts, in place of what was kept before. */
  customer(call: Calls.CustomerCall): Promise<void>
  /** Keeps a channel, in place of what was kept before; its usage goes on. */
  channel(call: Calls.ChannelCall): Promise<void>
  /** Counts usage that happened elsewhere against the channel's quota. R5, R16. */
  recordUsage(call: Calls.UsageCall): Promise<void>
  /** Adds prepaid PU. R17. */
  topUp(call: Calls.TopUpCall): Promise<void>
  /**
   * Forgets a customer: contacts, history and all that was said go, and what is on its way is not sent again. The ledger
   * keeps what was paid; what still waited for news stays paid for. R16, R20.
   */
  forget(whose: Calls.Whose): Promise<void>
  /** Why a message was followed up, or was not. R20. */
  explain(call: Calls.ExplainCall): Promise<Explanation>
  /** A channel's usage and prices; the sums of one month if named. R19. */
  usage(channelId: string, period?: Calls.UsagePeriod): Promise<UsageReport>
  /** Everything sent, and not sent, to one customer, oldest first. R20. */
  sentTo(whose: Calls.Whose): Promise<ReadonlyArray<PostLogEntry>>
  /** Everything that was decided for one customer, oldest first. R20. */
  history(whose: Calls.Whose): Promise<ReadonlyArray<FollowUpEvent>>
  /** What a channel was told of its usage, oldest first. R16. */
  notices(channelId: string): Promise<ReadonlyArray<Notice>>
}

type Done = Effect.Effect<void, FollowUpsError>

const told = (ingress: Ingress, clock: RestateClock) => {
  const hear = (
    call: string,
    key: CustomerKey,
    saidMs: number | undefined,
    inputAt: (atMs: number) => Input,
  ): Done =>
    Effect.gen(function* () {
      const nowMs = clock.now()
      const body = { input: inputAt(yield* saidAt(call, saidMs, nowMs)), nowMs }
      const object = { object: customerObject, key: customerKey(key) }
      const heard = yield* ingress<Heard>({ call, ...object, handler: "hear", body })
      if (heard._tag !== "Taken") yield* Effect.fail(refused(heard))
    })
  return {
    presence: (given: unknown): Done =>
      Effect.gen(function* () {
        const { channelId, customerId, atMs, ...call } = yield* decodeCall(
          "presence",
          Calls.PresenceCallSchema,
          given,
        )
        const key = { channelId, customerId }
        yield* hear("presence", key, atMs, (at) => ({ _tag: "PresenceSignal", ...call, atMs: at }))
      }),
    message: (given: unknown): Done =>
      Effect.gen(function* () {
        const { channelId, customerId, atMs, ...call } = yield* decodeCall(
          "message",
          Calls.MessageCallSchema,
          given,
        )
        const { purpose = "chat" } = call
        const key = { channelId, customerId }
        yield* hear("message", key, atMs, (at) => ({ _tag: "Message", ...call, purpose, atMs: at }))
      }),
    read: (given: unknown): Done =>
      Effect.gen(function* () {
        const { channelId, customerId, atMs, ...call } = yield* decodeCall(
          "read",
          Calls.ReadCallSchema,
          given,
        )
        yield* hear("read", { channelId, customerId }, atMs, (at) => ({ _tag: "Read", ...call, atMs: at }))
      }),
    receipt: (given: unknown): Done =>
      Effect.gen(function* () {
        const { atMs, ...call } = yield* decodeCall("receipt", Calls.ReceiptCallSchema, given)
        const { deliveryId } = call
        const key = parseDeliveryId(deliveryId)
        if (key === undefined) return yield* Effect.fail(refused({ _tag: "UnknownDelivery", deliveryId }))
        return yield* hear("receipt", key, atMs, (at) => ({ _tag: "Receipt", ...call, atMs: at }))
      }),
  }
}

const kept = (ingress: Ingress, clock: RestateClock) => {
  const changeKnown = (call: string, channelId: string, handler: "topUp" | "record", body: unknown): Done =>
    Effect.gen(function* () {
      const object = { object: channelObject, key: channelId }
      // Unlike inputs these would count twice.
      const isKnown = yield* ingress<boolean>({ call, ...object, handler, body, once: true })
      if (!isKnown) yield* Effect.fail(unknownChannel(channelId))
    })
  return {
    customer: (given: unknown): Done =>
      Effect.gen(function* () {
        const { channelId, ...body } = yield* decodeCall("customer", Calls.CustomerCallSchema, given)
        const key = customerKey({ channelId, customerId: body.id })
        yield* ingress<void>({ call: "customer", object: customerObject, key, handler: "keep", body })
      }),
    channel: (given: unknown): Done =>
      Effect.gen(function* () {
        const body = yield* decodeCall("channel", Calls.ChannelCallSchema, given)
        const unsigned = unsignedToken(body.chatUrl, undefined)
        if (unsigned !== undefined) yield* badInput(`channel: ${unsigned}`)
        const object = { object: channelObject, key: body.id }
        yield* ingress<void>({ call: "channel", ...object, handler: "keep", body })
      }),
    recordUsage: (given: unknown): Done =>
      Effect.gen(function* () {
        const call = yield* decodeCall("recordUsage", Calls.UsageCallSchema, given)
        yield* changeKnown("recordUsage", call.channelId, "record", { call, atMs: clock.now() })
      }),
    topUp: (given: unknown): Done =>
      Effect.gen(function* () {
        const call = yield* decodeCall("topUp", Calls.TopUpCallSchema, given)
        yield* changeKnown("topUp", call.channelId, "topUp", call)
      }),
    forget: (given: unknown): Done =>
      Effect.gen(function* () {
        const key = customerKey(yield* decodeCall("forget", Calls.WhoseSchema, given))
        const body = { nowMs: clock.now() }
        yield* ingress<void>({ call: "forget", object: customerObject, key, handler: "forget", body })
      }),
  }
}

const asked = (ingress: Ingress, clock: RestateClock) => {
  const historyOf = (call: string, key: CustomerKey) =>
    ingress<ReadonlyArray<FollowUpEvent>>({
      call,
      object: customerObject,
      key: customerKey(key),
      handler: "history",
    })
  return {
    explain: (given: unknown) =>
      Effect.gen(function* () {
        const { messageId, chatId, ...key } = yield* decodeCall("explain", Calls.ExplainCallSchema, given)
        return explain(yield* historyOf("explain", key), messageId, chatId, key.customerId)
      }),
    usage: (channelId: string, period: unknown) =>
      Effect.gen(function* () {
        const key = yield* decodeCall("usage", Id, channelId)
        const body = {
          ...(yield* decodeCall("usage", Calls.UsagePeriodSchema, period ?? {})),
          atMs: clock.now(),
        }
        const report = yield* ingress<UsageReport | null>({
          call: "usage",
          object: channelObject,
          key,
          handler: "usage",
          body,
        })
        return report ?? (yield* Effect.fail(unknownChannel(key)))
      }),
    sentTo: (given: unknown) =>
      Effect.gen(function* () {
        const key = yield* decodeCall("sentTo", Calls.WhoseSchema, given)
        const { customerId } = key
        return postLog((yield* historyOf("sentTo", key)).map((event) => ({ customerId, event })))
      }),
    history: (given: unknown) =>
      Effect.flatMap(decodeCall("history", Calls.WhoseSchema, given), (key) => historyOf("history", key)),
    notices: (channelId: string) =>
      Effect.flatMap(decodeCall("notices", Id, channelId), (key) =>
        ingress<ReadonlyArray<Notice>>({ call: "notices", object: channelObject, key, handler: "notices" }),
      ),
  }
}

/** The calls of a host, through an ingress. Total. @since 0.1.0 */
export const makeClient = (ingress: Ingress, clock: RestateClock): RestateFollowUps => {
  const run =
    <Args extends ReadonlyArray<unknown>, A>(call: (...args: Args) => Effect.Effect<A, FollowUpsError>) =>
    (...args: Args): Promise<A> =>
      Effect.runPromise(call(...args))
  const { presence, message, read, receipt } = told(ingress, clock)
  const { customer, channel, recordUsage, topUp, forget } = kept(ingress, clock)
  const { explain: why, usage, sentTo, history, notices } = asked(ingress, clock)
  return {
    presence: run(presence),
    message: run(message),
    read: run(read),
    receipt: run(receipt),
    customer: run(customer),
    channel: run(channel),
    recordUsage: run(recordUsage),
    topUp: run(topUp),
    forget: run(forget),
    explain: run(why),
    usage: run((channelId: string, period?: Calls.UsagePeriod) => usage(channelId, period)),
    sentTo: run(sentTo),
    history: run(history),
    notices: run(notices),
  }
}
