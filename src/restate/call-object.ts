/**
 * The object of a call that its host named: whether it was made before. An object each, so that a channel, which is
 * loaded for every decision, does not grow with them. Rules R5, R17, R20.
 * @since 0.1.0
 */
import { implement, rpc } from "@restatedev/restate-sdk"
import { callObject } from "./contract.ts"
import { durable } from "./durability.ts"
import type { RestateSetting } from "./setting.ts"

/** The object over its setting; it is forgotten once it is as old as the history may get. @since 0.1.0 */
export const makeCallObject = ({ clock, policy }: Pick<RestateSetting, "clock" | "policy">) =>
  implement(callObject, {
    handlers: {
      take: async (ctx) => {
        if ((await ctx.get<boolean>("taken")) === true) return false
        ctx.set("taken", true)
        const delay = clock.lasts(policy.retention.historyMs)
        ctx.sendClient(callObject, ctx.key).forget(rpc.sendOpts<void>({ delay }))
        return true
      },
      forget: async (ctx) => ctx.clearAll(),
    },
    options: { ...durable, ingressPrivate: true },
  })
