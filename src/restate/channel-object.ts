/**
 * The object of a channel: what its host said of it, and its ledger. It answers whether the movements of a decision
 * still hold, and enters them all or none, so that no limit is passed, however many decide at once. Rules R5, R15–R17,
 * R19.
 * @since 0.1.0
 */
import { implement, type ObjectContext, type ObjectSharedContext } from "@restatedev/restate-sdk"
import { changePlan } from "../core/billing/ledger.ts"
import type { BillingPolicy } from "../core/billing/plan.ts"
import { addUsage, isUsage, type UsageEntry, usageReport } from "../core/billing/usage.ts"
import { callName, hostSays, recorded, toppedUp } from "../ports/channel-change.ts"
import type { ChannelChange, ChannelRecord, Notice } from "../ports/store.ts"
import { callKey, callObject, channelObject, checkOwn, senderService } from "./contract.ts"
import { durable } from "./durability.ts"
import { enterAll } from "./ledger.ts"
import type { RestateSetting } from "./setting.ts"

// By the limit that the policy has now, whatever it was when the host last told of the channel.
const recordBy =
  (policy: BillingPolicy) =>
  async (ctx: ObjectSharedContext): Promise<ChannelRecord | null> => {
    const record = await ctx.get<ChannelRecord>("channel")
    return record && { ...record, ledger: changePlan(record.ledger, record.input.plan, policy) }
  }

const usageOf = async (ctx: ObjectSharedContext): Promise<ReadonlyArray<UsageEntry>> =>
  (await ctx.get<ReadonlyArray<UsageEntry>>("usage")) ?? []

const noticesOf = async (ctx: ObjectSharedContext): Promise<ReadonlyArray<Notice>> =>
  (await ctx.get<ReadonlyArray<Notice>>("notices")) ?? []

/** The object over its setting. @since 0.1.0 */
export const makeChannelObject = ({ policy, onNotice }: RestateSetting) => {
  const recordOf = recordBy(policy)

  const tell = async (ctx: ObjectContext, fresh: ReadonlyArray<Notice>): Promise<void> => {
    const told = await noticesOf(ctx)
    ctx.set("notices", [...told, ...fresh])
    if (onNotice === undefined) return
    for (const [index, notice] of fresh.entries()) {
      const id = `${encodeURIComponent(ctx.key)}/${told.length + index + 1}`
      ctx.sendClient(senderService).tell({ id, channelId: ctx.key, notice })
    }
  }

  const write = async (ctx: ObjectContext, { record, entries, notices }: ChannelChange): Promise<void> => {
    ctx.set("channel", record)
    const used = entries.filter(isUsage)
    if (used.length > 0) ctx.set("usage", used.reduce(addUsage, await usageOf(ctx)))
    if (notices.length > 0) await tell(ctx, notices)
  }

  // While it waits to hear whether the call was made before, nobody else changes the channel.
  const isNew = async (ctx: ObjectContext, name: string | undefined): Promise<boolean> =>
    name === undefined || (await ctx.client(callObject, callKey(ctx.key, name)).take())

  const changeKnown = async (
    ctx: ObjectContext,
    name: string | undefined,
    change: (record: ChannelRecord) => ChannelChange,
  ): Promise<boolean> => {
    const record = await recordOf(ctx)
    if (record === null) return false
    if (await isNew(ctx, name)) await write(ctx, change(record))
    return true
  }

  return implement(channelObject, {
    handlers: {
      keep: async (ctx, call) => {
        checkOwn(call.id, ctx.key)
        await write(ctx, hostSays(call, policy)((await recordOf(ctx)) ?? undefined))
      },
      topUp: (ctx, call) => changeKnown(ctx, callName("topUp", call), toppedUp(call.pu)),
      record: (ctx, { call, atMs }) =>
        changeKnown(ctx, callName("recordUsage", call), recorded(call, atMs, policy)),
      read: recordOf,
      usage: async (ctx, period) => {
        const record = await recordOf(ctx)
        if (record === null) return null
        return usageReport(await usageOf(ctx), { prices: policy.prices, ledger: record.ledger, ...period })
      },
      notices: noticesOf,
      enter: async (ctx, entries) => {
        const record = await recordOf(ctx)
        // Who enters has read the channel before, and nothing takes a channel away.
        if (record === null) return { _tag: "Entered" }
        const moves = enterAll(policy, record.ledger, entries)
        if (moves === undefined) return { _tag: "Stale", record }
        await write(ctx, {
          record: { ...record, ledger: moves.ledger },
          entries: moves.entered.map(({ entry, atMs }) => ({ ...entry, atMs, messages: 1 })),
          notices: moves.notices,
        })
        return { _tag: "Entered" }
      },
    },
    options: { ...durable, handlers: { enter: { ingressPrivate: true } } },
  })
}
