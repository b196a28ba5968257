/**
 * What becomes of a customer who is to be forgotten, and of their channel's PU. Pure. Rules R16, R20.
 * @since 0.1.0
 */
import { evolveAll } from "../core/customer/evolve.ts"
import { endDeliveries, makeAnonymous } from "../core/customer/forget.ts"
import { initialState } from "../core/customer/state.ts"
import { makeChannel, makeContact } from "../core/directory.ts"
import type { Policy } from "../core/policy.ts"
import type { LinkedContext } from "../ports/customer-links.ts"
import { type CustomerKey, type Known, noChanges, type Remains } from "../ports/store.ts"
import { changesBy } from "./batch.ts"

/**
 * What stays of a customer, under `name` in place of their id: the post log without words, and the ledger with what was
 * reserved given back or paid. Total. R16, R20.
 * @since 0.1.0
 */
export const forgetting =
  (key: CustomerKey, name: string, nowMs: number, policy: Policy) =>
  ({ channel, customer, history, queued }: Known): Remains => {
    const anonymous = makeAnonymous(key.channelId, name)
    const kept = history.flatMap(({ seq, event }) => {
      const left = anonymous(event)
      return left === undefined
        ? []
        : [{ seq, key: { channelId: key.channelId, customerId: name }, event: left }]
    })
    // Whoever has a state has a channel: both are written together.
    if (channel === undefined) return { kept, changes: noChanges }
    // A state that cannot be read is what the history leads to.
    const state =
      customer?.state ??
      evolveAll(
        initialState,
        history.map(({ event }) => event),
      )
    const context: LinkedContext = {
      nowMs,
      customerId: name,
      channel: makeChannel(channel.input),
      contact: makeContact({}, channel.input.country),
      ledger: channel.ledger,
    }
    const leaving = new Set(queued.filter((one) => one.mayHaveLeft).map(({ deliveryId }) => deliveryId))
    const ended = endDeliveries(policy, state, context, (id) => leaving.has(id))
    const events = ended.flatMap((event) => anonymous(event) ?? [])
    return { kept, changes: changesBy(policy, context, channel, events) }
  }
