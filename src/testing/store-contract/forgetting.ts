/**
 * The store contract on what a store lets go of: forgotten customers, old history. Rule R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Known, noChanges, type StoredEvent, type StoreShape } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import {
  backAt,
  type Cases,
  channelWith,
  customerDue,
  entryOf,
  excluded,
  failed,
  itemOf,
  keyOf,
  requested,
  settled,
  signalled,
  stateOf,
  write,
} from "./fixture.ts"

const [one, two] = [keyOf("cust-1"), keyOf("cust-2")]

const known = (store: StoreShape) =>
  Effect.gen(function* () {
    yield* write(store, {
      customers: [customerDue("cust-1", 10, 7), customerDue("cust-2", 20)],
      channels: [{ channelId: "acme", record: channelWith(5_000) }],
      events: [
        { key: one, event: requested("d1", 1) },
        { key: two, event: requested("d2", 2) },
        { key: one, event: signalled(3) },
        { key: one, event: excluded("m3", 4) },
        { key: keyOf("cust-1", "other"), event: signalled(5) },
      ],
      entries: [{ channelId: "acme", entry: entryOf("settle", 5_000, 3) }],
      outbox: [itemOf("d1", 10), itemOf("d3", 20), { ...itemOf("d4", 30), key: two }, itemOf("d5", 40)],
    })
    yield* store.putCustomer(one, { id: "cust-1", phone: "010-1234-5678" })
    yield* store.claim(10, 1_000, 1)
    yield* store.claim(20, 1_000, 1)
    yield* store.postpone(1_000, [backAt("d3", 50, { interrupted: true })])
  })

const anonymous = keyOf("forgotten-1")

const leaveOne = ({ history }: Known) => ({
  kept: history
    .slice(0, 1)
    .map(({ seq }): StoredEvent => ({ seq, key: anonymous, event: requested("anonymous", 1) })),
  changes: {
    ...noChanges,
    channels: [{ channelId: "acme", record: channelWith(6_000) }],
    events: [{ key: anonymous, event: settled("anonymous", 6) }],
    entries: [{ channelId: "acme", entry: entryOf("settle", 1_000, 6) }],
    notices: [{ channelId: "acme", notice: { atMs: 6, kind: "usage-70" as const } }],
  },
})

/** The cases on what a store lets go of. @since 0.1.0 */
export const forgettingCases: Cases = {
  "R20: forget: hands in all that is known of the customer, and of no other": (store) =>
    Effect.gen(function* () {
      yield* known(store)
      let seen: Known | undefined
      yield* store.forget(one, (all) => {
        seen = all
        return { kept: [], changes: noChanges }
      })
      same("the channel", seen?.channel, channelWith(5_000))
      same("the customer", seen?.customer, {
        input: { id: "cust-1", phone: "010-1234-5678" },
        state: stateOf(7),
      })
      same(
        "the history",
        seen?.history.map(({ event }) => event.atMs),
        [1, 3, 4],
      )
      same(
        "the outbox",
        seen?.queued.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1)),
        [
          { deliveryId: "d1", mayHaveLeft: true },
          { deliveryId: "d3", mayHaveLeft: true },
          { deliveryId: "d5", mayHaveLeft: false },
        ],
      )
    }),
  "R20: forget: removes what is theirs, keeps what stays, and touches nobody else": (store) =>
    Effect.gen(function* () {
      yield* known(store)
      const seqs = (yield* store.eventsAfter(0, 10)).map(({ seq }) => seq)
      yield* store.forget(one, leaveOne)
      same("their history", yield* store.history(one), [])
      same("who is due", yield* store.due(100, 10), [two])
      yield* store.transact([one], (loaded) => {
        same("the customer", loaded.customer(one), undefined)
        return { changes: noChanges, value: undefined }
      })
      const claimed = yield* store.claim(10_000, 20_000, 10)
      same(
        "what may be sent",
        claimed.map(({ deliveryId }) => deliveryId),
        ["d4"],
      )
      const events = yield* store.eventsAfter(0, 10)
      same(
        "the events",
        events.map(({ key, event }) => `${key.customerId} ${event.atMs}`),
        ["forgotten-1 1", "cust-2 2", "cust-1 5", "forgotten-1 6"],
      )
      same("the number of what stays", events[0]?.seq, seqs[0])
      const log = yield* store.log({ channelId: "acme", limit: 10, customerId: "forgotten-1" })
      same(
        "their log",
        log.map(({ event }) => event),
        [requested("anonymous", 1), settled("anonymous", 6)],
      )
      same("the channel", yield* store.channel("acme"), channelWith(6_000))
      same(
        "the usage",
        (yield* store.usage("acme")).reduce((sum, { milliPu }) => sum + milliPu, 0),
        6_000,
      )
      same("the notices", yield* store.notices("acme"), [{ atMs: 6, kind: "usage-70" }])
    }),
  "R20: forget: keeps lines also when none of them is of a delivery": (store) =>
    Effect.gen(function* () {
      yield* write(store, { events: [{ key: one, event: excluded("m1", 1) }] })
      yield* store.forget(one, ({ history }) => ({
        kept: history.map(({ seq }): StoredEvent => ({ seq, key: anonymous, event: excluded("1", 1) })),
        changes: noChanges,
      }))
      same("their history", yield* store.history(one), [])
      same("the line", yield* store.history(anonymous), [excluded("1", 1)])
    }),
  "R20: forget: of a stranger, and twice, is nothing": (store) =>
    Effect.gen(function* () {
      const nothing = (all: Known) => {
        same("what is known", [all.customer, all.history, all.queued], [undefined, [], []])
        return { kept: [], changes: noChanges }
      }
      yield* store.forget(keyOf("nobody", "nowhere"), nothing)
      yield* known(store)
      yield* store.forget(one, leaveOne)
      yield* store.forget(one, nothing)
      same("the events", (yield* store.eventsAfter(0, 10)).length, 4)
    }),
  "R20: forget: work that throws forgets nothing": (store) =>
    Effect.gen(function* () {
      yield* known(store)
      const broken = store.forget(one, () => {
        throw new Error("work failed")
      })
      same("it failed", yield* failed(broken), true)
      same("their history", (yield* store.history(one)).length, 3)
      same("who is due", yield* store.due(100, 10), [one, two])
      same("the outbox", (yield* store.claim(10_000, 20_000, 10)).length, 4)
    }),
  "R20: forget: afterwards the same customer, and the same delivery, begin afresh": (store) =>
    Effect.gen(function* () {
      yield* known(store)
      yield* store.forget(one, () => ({ kept: [], changes: noChanges }))
      yield* write(store, {
        customers: [customerDue("cust-1", 60, 9)],
        events: [{ key: one, event: signalled(60) }],
        outbox: [itemOf("d1", 60)],
      })
      same("the history", yield* store.history(one), [signalled(60)])
      const claimed = yield* store.claim(60, 100, 10)
      const again = claimed.find(({ deliveryId }) => deliveryId === "d1")
      same("the delivery", [again?.attempt, again?.interrupted], [1, false])
    }),
  "R20: prune: what is older, the oldest first, up to the limit; the rest stays": (store) =>
    Effect.gen(function* () {
      yield* known(store)
      same("up to the limit", yield* store.prune(4, 2), 2)
      const left = (yield* store.eventsAfter(0, 10)).map(({ event }) => event.atMs)
      same("what is left", left, [3, 4, 5])
      same("the rest of what is older", yield* store.prune(4, 2), 1)
      same("nothing more: the boundary stays", yield* store.prune(4, 2), 0)
      same("of cust-1", yield* store.history(one), [excluded("m3", 4)])
      same("the usage stays", (yield* store.usage("acme")).length, 1)
      same("who is due stays", yield* store.due(100, 10), [one, two])
      yield* store.prune(1_000, 10)
      yield* write(store, { events: [{ key: one, event: signalled(6) }] })
      const [next] = yield* store.eventsAfter(5, 10)
      same("numbers go on", next?.event, signalled(6))
    }),
}
