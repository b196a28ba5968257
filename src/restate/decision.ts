/**
 * A decision about a customer, and the channel's ledger under it. Rule R16.
 * @since 0.1.0
 */
import { type ObjectContext, TerminalError } from "@restatedev/restate-sdk"
import * as Result from "effect/Result"
import type { Context } from "../core/customer/context.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import { entryOf } from "../core/customer/turn.ts"
import { makeContact } from "../core/directory.ts"
import { type CallRefusal, rulesFailed } from "../ports/error.ts"
import { thrownBy } from "../ports/mistake.ts"
import { servedChannel } from "../ports/served-channel.ts"
import { channelObject, type DatedEntry, keyOf, UNDECIDED } from "./contract.ts"
import type { CustomerMemory } from "./customer-memory.ts"
import type { RestateSetting } from "./setting.ts"

/** What was decided, and in which world. @since 0.1.0 */
export interface Decision {
  readonly context: Context
  readonly events: ReadonlyArray<FollowUpEvent>
}

const entriesOf = (events: ReadonlyArray<FollowUpEvent>): ReadonlyArray<DatedEntry> =>
  events.flatMap((event) => {
    const entry = entryOf(event)
    return entry === null ? [] : [{ atMs: event.atMs, entry }]
  })

// Tried again it would fail again, and keep all that comes of its customer waiting.
const undecided = ({ channel }: Context, thrown: unknown): TerminalError => {
  const { type, at } = thrownBy(thrown)
  const where = at === undefined ? type : `${type} at ${at}`
  return new TerminalError(
    `what came of a customer of channel ${channel.id} cannot be decided: ${rulesFailed} (${where})`,
    { errorCode: UNDECIDED },
  )
}

type Decided = Result.Result<ReadonlyArray<FollowUpEvent>, CallRefusal>

const decidedOn = (context: Context, decideIn: (context: Context) => Decided): Decided => {
  try {
    return decideIn(context)
  } catch (error) {
    throw undecided(context, error)
  }
}

/**
 * Decides at `nowMs` on what the ledger was, and enters that if it would be decided so on what the ledger is; otherwise
 * decides again on that. When this is done the ledger has it; nothing is to be kept, sent or waited for before. R16.
 *
 * @throws TerminalError `UNDECIDED` if the rules fail.
 * @since 0.1.0
 */
export const decideAndEnter = async (
  { carriers }: RestateSetting,
  ctx: ObjectContext,
  memory: CustomerMemory,
  nowMs: number,
  decideIn: (context: Context) => Decided,
): Promise<Result.Result<Decision, CallRefusal>> => {
  const { channelId, customerId } = keyOf(ctx.key)
  const channel = ctx.client(channelObject, channelId)
  let record = await channel.read()
  for (;;) {
    if (record === null) return Result.fail({ _tag: "UnknownChannel", channelId })
    const { input, ledger } = record
    const context: Context = {
      nowMs,
      customerId,
      channel: servedChannel(input, carriers),
      contact: makeContact(memory.input ?? {}, input.country),
      ledger,
    }
    const decided = decidedOn(context, decideIn)
    if (Result.isFailure(decided)) return Result.fail(decided.failure)
    const events = decided.success
    const entries = entriesOf(events)
    const entered = entries.length === 0 ? undefined : await channel.enter(entries)
    if (entered?._tag !== "Stale") return Result.succeed({ context, events })
    record = entered.record
  }
}
