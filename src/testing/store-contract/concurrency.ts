/**
 * The store contract on many callers at once.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { noChanges } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import { type Cases, channelWith, itemOf, keyOf, markOf, signalled, stateOf, write } from "./fixture.ts"

const CALLERS = 50
const callers = Array.from({ length: CALLERS }, (_, index) => index)
const atOnce = { concurrency: "unbounded", discard: true } as const

/** The cases on many callers at once. @since 0.1.0 */
export const concurrencyCases: Cases = {
  "concurrency: transactions on one customer lose no update": (store) => {
    const key = keyOf("cust-1")
    const addOne = store.transact([key], (loaded) => {
      const next = markOf(loaded.customer(key)?.state) + 1
      return {
        changes: {
          ...noChanges,
          customers: [{ key, record: { input: undefined, state: stateOf(next) }, dueAtMs: next }],
          channels: [
            {
              channelId: "acme",
              record: channelWith((loaded.channel("acme")?.ledger.usedMilli ?? 0) + 1),
            },
          ],
          events: [{ key, event: signalled(next) }],
        },
        value: next,
      }
    })
    return Effect.gen(function* () {
      const values = yield* Effect.forEach(callers, () => addOne, { concurrency: "unbounded" })
      same(
        "each saw what the ones before left",
        values.toSorted((a, b) => a - b),
        callers.map((index) => index + 1),
      )
      same("the channel", (yield* store.channel("acme"))?.ledger.usedMilli, CALLERS)
      same(
        "the history",
        (yield* store.history(key)).map((event) => event.atMs),
        callers.map((index) => index + 1),
      )
      same("what is due", yield* store.nextInstant(0), CALLERS)
    })
  },
  "concurrency: transactions and changes of a channel lose no update": (store) => {
    const count = (used: number | undefined) => channelWith((used ?? 0) + 1)
    const transacted = store.transact([keyOf("cust-1")], (loaded) => ({
      changes: {
        ...noChanges,
        channels: [{ channelId: "acme", record: count(loaded.channel("acme")?.ledger.usedMilli) }],
      },
      value: undefined,
    }))
    const changed = store.changeChannel("acme", (record) => ({
      record: count(record?.ledger.usedMilli),
      entries: [],
      notices: [],
    }))
    return Effect.gen(function* () {
      yield* Effect.forEach(callers, (index) => (index % 2 === 0 ? transacted : changed), atOnce)
      same("the channel", (yield* store.channel("acme"))?.ledger.usedMilli, CALLERS)
    })
  },
  "concurrency: putCustomer keeps the state that others write": (store) => {
    const key = keyOf("cust-1")
    const addOne = store.transact([key], (loaded) => {
      const { input, state } = loaded.customer(key) ?? { input: undefined, state: undefined }
      return {
        changes: {
          ...noChanges,
          customers: [{ key, record: { input, state: stateOf(markOf(state) + 1) }, dueAtMs: null }],
        },
        value: undefined,
      }
    })
    const put = store.putCustomer(key, { id: "cust-1", name: "Ji-eun" })
    return Effect.gen(function* () {
      yield* Effect.forEach(callers, (index) => (index % 2 === 0 ? addOne : put), atOnce)
      const { input, state } = yield* store.transact([key], (loaded) => ({
        changes: noChanges,
        value: loaded.customer(key) ?? { input: undefined, state: undefined },
      }))
      same("the state", markOf(state), CALLERS / 2)
      same("the contacts", input, { id: "cust-1", name: "Ji-eun" })
    })
  },
  "concurrency: a message goes to one claimer": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: callers.map((index) => itemOf(`d${index}`, 10)) })
      const claims = yield* Effect.forEach(callers, () => store.claim(10, 70, 3), {
        concurrency: "unbounded",
      })
      const ids = claims.flat().map(({ deliveryId }) => deliveryId)
      same("all", ids.toSorted(), callers.map((index) => `d${index}`).toSorted())
    }),
}
