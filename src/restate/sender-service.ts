/**
 * The service that sends, beside the objects: each step is journaled, waits between attempts are Restate's, and the
 * result goes to the customer's object as an input. Rules R6–R9, R16.
 * @since 0.1.0
 */
import { type Context, implement } from "@restatedev/restate-sdk"
import * as Effect from "effect/Effect"
import type { NoticeCall } from "../ports/notice.ts"
import type { ClaimedItem, OutboxItem } from "../ports/store.ts"
import { attemptedAgain, makeAttempt, unattempted } from "./attempt.ts"
import { makeBegun } from "./begun.ts"
import { customerKey, customerObject, senderService } from "./contract.ts"
import { durable } from "./durability.ts"
import type { RestateSetting } from "./setting.ts"

/** The sender over its setting. @since 0.1.0 */
export const makeSender = (setting: RestateSetting) => {
  const { clock, onNotice, notices } = setting
  const begun = makeBegun()

  const attempt = async (ctx: Context, item: ClaimedItem) => {
    const asked = ctx.client(customerObject, customerKey(item.key)).wanted({ deliveryId: item.deliveryId })
    const cancelled = !(await asked)
    const token = await ctx.run("begin", begun.draw)
    return ctx.run("send", async () => {
      // Any other run than the first may be a repetition of one that sent.
      const interrupted = item.interrupted || !begun.isFirst(token)
      const then = await makeAttempt(setting, { ...item, cancelled, interrupted })
      return { atMs: clock.now(), then }
    })
  }

  const send = async (ctx: Context, outgoing: OutboxItem): Promise<void> => {
    for (let item = unattempted(outgoing); ; ) {
      const { atMs, then } = await attempt(ctx, item)
      if (then._tag === "Postpone") {
        item = attemptedAgain(item, then.postponement)
        await ctx.sleep(clock.lasts(Math.max(0, then.postponement.notBeforeMs - atMs)))
        continue
      }
      const { _tag: _, ...answer } = then
      const { deliveryId } = item
      const input = { _tag: "SendAnswered", deliveryId, ...answer, atMs } as const
      ctx.sendClient(customerObject, customerKey(item.key)).hear({ input, nowMs: atMs })
      return
    }
  }

  // Restate would wait for many minutes, and write down what a host throws, which may hold anything.
  const tell = (notice: NoticeCall): Promise<void> =>
    Effect.runPromise(
      Effect.tryPromise(async () => onNotice?.(notice)).pipe(
        Effect.timeout(notices.timeoutMs),
        Effect.mapError(() => new Error("the host did not take the notice")),
      ),
    )

  return implement(senderService, {
    handlers: {
      send,
      // Restate tells it again until the host has taken it.
      tell: (ctx, notice) => ctx.run("tell", () => tell(notice)),
    },
    options: { ...durable, ingressPrivate: true },
  })
}
