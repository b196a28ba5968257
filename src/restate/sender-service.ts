/**
 * The service that sends, beside the objects: each step is journaled, waits between attempts are Restate's, and the
 * result goes to the customer's object as an input. Rules R6–R9, R16.
 * @since 0.1.0
 */
import { randomUUID } from "node:crypto"
import { type Context, implement } from "@restatedev/restate-sdk"
import type { OutboxItem } from "../ports/store.ts"
import { type Attempt, followed, makeAttempt } from "./attempt.ts"
import { customerKey, customerObject, senderService } from "./contract.ts"
import { durable } from "./durability.ts"
import type { RestateSetting } from "./setting.ts"

/** The sender over its setting. @since 0.1.0 */
export const makeSender = (setting: RestateSetting) => {
  const { transports, send: policy, clock, onNotice } = setting

  // Restate runs a step again when its process died in it, or when its result did not arrive. A step that was begun
  // here, and is run here for the first time, is in this set; any other run may be a repetition of one that sent.
  const begun = new Set<string>()

  const begin = () => {
    const token = randomUUID()
    begun.add(token)
    return { token, nowMs: clock.now() }
  }

  const attempt = async (ctx: Context, item: OutboxItem, count: number, interrupted: boolean) => {
    const asked = ctx.client(customerObject, customerKey(item.key)).wanted({ deliveryId: item.deliveryId })
    const isWanted = await asked
    const { token, nowMs } = await ctx.run("begin", begin)
    const made: Omit<Attempt, "interrupted"> = {
      item,
      attempt: count,
      wanted: isWanted && nowMs < item.expiresAtMs,
    }
    return ctx.run("send", async () => {
      const one: Attempt = { ...made, interrupted: interrupted || !begun.delete(token) }
      const result = await makeAttempt(transports, one, policy)
      const atMs = clock.now()
      return { atMs, then: followed(transports[item.via], one, result, atMs, policy) }
    })
  }

  const send = async (ctx: Context, item: OutboxItem): Promise<void> => {
    let interrupted = false
    for (let count = 1; ; count++) {
      const { atMs, then } = await attempt(ctx, item, count, interrupted)
      if (then._tag === "Again") {
        interrupted = then.interrupted
        await ctx.sleep(clock.lasts(then.afterMs))
        continue
      }
      const { result, receiptExpected } = then
      const { deliveryId } = item
      const provider = transports[item.via]?.name
      const said = { deliveryId, result, receiptExpected, ...(provider !== undefined && { provider }), atMs }
      const input = { _tag: "SendAnswered", ...said } as const
      ctx.sendClient(customerObject, customerKey(item.key)).hear({ input, nowMs: atMs })
      return
    }
  }

  return implement(senderService, {
    handlers: {
      send,
      // Restate tells it again until the host has taken it.
      tell: async (ctx, notice) => {
        await ctx.run("tell", async () => onNotice?.(notice))
      },
    },
    options: { ...durable, ingressPrivate: true },
  })
}
