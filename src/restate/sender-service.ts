/**
 * The service that sends, beside the objects: each step is journaled, waits between attempts are Restate's, and the
 * result goes to the customer's object as an input. Rules R6–R9, R16.
 * @since 0.1.0
 */
import { type Context, implement } from "@restatedev/restate-sdk"
import * as Effect from "effect/Effect"
import { thrownBy, tookTooLong } from "../ports/mistake.ts"
import type { NoticeCall } from "../ports/notice.ts"
import type { ClaimedItem, OutboxItem } from "../ports/store.ts"
import {
  type Annotations,
  aboutMistake,
  makeMistaken,
  makeRarely,
  mistakeLines,
} from "../sending/mistakes.ts"
import { attemptedAgain, makeAttempt, unattempted } from "./attempt.ts"
import { makeBegun } from "./begun.ts"
import { customerKey, customerObject, senderService } from "./contract.ts"
import { durable } from "./durability.ts"
import type { RestateSetting } from "./setting.ts"

/** The sender over its setting. @since 0.1.0 */
export const makeSender = (setting: RestateSetting) => {
  const { clock, onNotice, notices } = setting
  const begun = makeBegun()
  const isDue = makeRarely()

  // Into the host's own log, as the SDK writes it.
  const warnIn =
    ({ console }: Pick<Context, "console">) =>
    (line: keyof typeof mistakeLines, about: Annotations): void => {
      if (isDue(line, about, clock.now())) console.warn(mistakeLines[line], about)
    }

  const attempt = async (ctx: Context, item: ClaimedItem) => {
    const asked = ctx.client(customerObject, customerKey(item.key)).wanted({ deliveryId: item.deliveryId })
    const cancelled = !(await asked)
    const token = await ctx.run("begin", begun.draw)
    return ctx.run("send", async () => {
      // Any other run than the first may be a repetition of one that sent.
      const interrupted = item.interrupted || !begun.isFirst(token)
      const made = { ...item, cancelled, interrupted }
      const then = await makeAttempt(setting, made, makeMistaken(warnIn(ctx)))
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
  const tell = (ctx: Context, notice: NoticeCall): Promise<void> =>
    Effect.runPromise(
      Effect.tryPromise({ try: async () => onNotice?.(notice), catch: thrownBy }).pipe(
        Effect.timeoutOrElse({ duration: notices.timeoutMs, orElse: () => Effect.fail(tookTooLong) }),
        Effect.mapError((mistake) => {
          warnIn(ctx)("noticeFailed", { "followup.channel.id": notice.channelId, ...aboutMistake(mistake) })
          return new Error("the host did not take the notice")
        }),
      ),
    )

  return implement(senderService, {
    handlers: {
      send,
      // Restate tells it again until the host has taken it.
      tell: (ctx, notice) => ctx.run("tell", () => tell(ctx, notice)),
    },
    options: { ...durable, ingressPrivate: true },
  })
}
