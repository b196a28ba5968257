/**
 * The store contract on channels and customers: what a transaction loads and writes.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Loaded, noChanges } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import {
  type Cases,
  channelWith,
  customerDue,
  entryOf,
  failed,
  itemOf,
  keyOf,
  signalled,
  stateOf,
  write,
} from "./fixture.ts"

const everything = {
  customers: [customerDue("cust-1", 10)],
  channels: [{ channelId: "acme", record: channelWith(5_000) }],
  events: [1, 2, 3].map((atMs) => ({ key: keyOf("cust-1"), event: signalled(atMs) })),
  entries: [{ channelId: "acme", entry: entryOf("settle", 5_000, 3) }],
  notices: [{ channelId: "acme", notice: { atMs: 3, kind: "usage-70" } as const }],
  outbox: [itemOf("d1", 20)],
}

// Trouble for whoever puts ids into a statement, a path or a pattern.
const awkwardIds = [
  "o'brien",
  '"quoted"',
  "a/b%2Fc",
  "x'); drop table followup_customers; --",
  "고객 👩‍👩‍👧 1",
  "%_*?[]",
  '["acme","x"]',
]

const loadOf = (...ids: ReadonlyArray<string>) => ids.map((id) => keyOf(id))

/** The cases on records. @since 0.1.0 */
export const recordCases: Cases = {
  "transact: what was never stored is undefined": (store) =>
    store.transact(loadOf("cust-1"), (loaded) => {
      same("the channel", loaded.channel("acme"), undefined)
      same("the customer", loaded.customer(keyOf("cust-1")), undefined)
      return { changes: noChanges, value: undefined }
    }),
  "transact: gives the value, and writes everything that it is given": (store) =>
    Effect.gen(function* () {
      const value = yield* store.transact(loadOf("cust-1"), () => ({
        changes: { ...noChanges, ...everything },
        value: 42,
      }))
      same("the value", value, 42)
      yield* store.transact(loadOf("cust-1"), (loaded) => {
        same("the channel", loaded.channel("acme"), channelWith(5_000))
        same("the customer", loaded.customer(keyOf("cust-1")), { state: stateOf(1) })
        return { changes: noChanges, value: undefined }
      })
      const events = yield* store.eventsAfter(0, 10)
      same(
        "the events",
        events.map(({ event }) => event.atMs),
        [1, 2, 3],
      )
      same("the usage", yield* store.usage("acme"), [entryOf("settle", 5_000, 3)])
      same("the notices", yield* store.notices("acme"), [{ atMs: 3, kind: "usage-70" }])
      same("what is due", yield* store.due(10, 10), [keyOf("cust-1")])
      same("the outbox", (yield* store.claim(20, 30, 10)).length, 1)
    }),
  "transact: work that throws writes nothing": (store) =>
    Effect.gen(function* () {
      const broken = store.transact(loadOf("cust-1"), () => {
        throw new Error("work failed")
      })
      same("the transaction failed", yield* failed(broken), true)
      const refused = store.transact(loadOf("cust-1"), () => ({
        get changes(): never {
          throw new Error("work failed")
        },
        value: undefined,
      }))
      same("the transaction failed", yield* failed(refused), true)
      same("the last seq", yield* store.lastSeq, 0)
      same("the next instant", yield* store.nextInstant(-1), null)
      yield* write(store, everything)
      same("the last seq of the next one", yield* store.lastSeq, 3)
    }),
  "transact: loads several customers, and the channels of all": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        customers: [customerDue("cust-1", null, 1), customerDue("cust-2", null, 2)],
        channels: [
          { channelId: "acme", record: channelWith(1) },
          { channelId: "other", record: channelWith(2, "other") },
        ],
      })
      yield* store.transact([...loadOf("cust-2", "cust-1"), keyOf("cust-1", "other")], (loaded) => {
        same("cust-1", loaded.customer(keyOf("cust-1"))?.state, stateOf(1))
        same("cust-2", loaded.customer(keyOf("cust-2"))?.state, stateOf(2))
        same("cust-1 of another channel", loaded.customer(keyOf("cust-1", "other")), undefined)
        same("acme", loaded.channel("acme"), channelWith(1))
        same("other", loaded.channel("other"), channelWith(2, "other"))
        return { changes: noChanges, value: undefined }
      })
    }),
  "putCustomer: before any state, after it, and again": (store) => {
    const contacts = (phone: string) => ({ id: "cust-1", phone })
    const read = store.transact(loadOf("cust-1"), (loaded: Loaded) => ({
      changes: noChanges,
      value: loaded.customer(keyOf("cust-1")),
    }))
    return Effect.gen(function* () {
      yield* store.putCustomer(keyOf("cust-1"), contacts("1"))
      same("before any state", yield* read, {
        input: contacts("1"),
        state: { sessions: {}, chats: {}, followUps: {} },
      })
      yield* write(store, {
        customers: [
          { key: keyOf("cust-1"), record: { input: contacts("1"), state: stateOf(7) }, dueAtMs: 9 },
        ],
      })
      same("after a transaction", yield* read, { input: contacts("1"), state: stateOf(7) })
      yield* store.putCustomer(keyOf("cust-1"), contacts("2"))
      same("after it was put again", yield* read, { input: contacts("2"), state: stateOf(7) })
      same("what is due stays due", yield* store.due(9, 10), [keyOf("cust-1")])
    })
  },
  "changeChannel: makes, changes, and leaves as it is": (store) =>
    Effect.gen(function* () {
      const none = { entries: [], notices: [] }
      yield* store.changeChannel("acme", (record) => {
        same("a channel never stored", record, undefined)
        return undefined
      })
      same("left as it is", yield* store.channel("acme"), undefined)
      yield* store.changeChannel("acme", () => ({ record: channelWith(1), ...none }))
      same("made", yield* store.channel("acme"), channelWith(1))
      yield* store.changeChannel("acme", (record) => {
        same("what it starts from", record, channelWith(1))
        return {
          record: channelWith(2),
          entries: [entryOf("record", 1, 5)],
          notices: [{ atMs: 5, kind: "usage-exhausted" }],
        }
      })
      same("changed", yield* store.channel("acme"), channelWith(2))
      same("its entries", yield* store.usage("acme"), [entryOf("record", 1, 5)])
      same("its notices", yield* store.notices("acme"), [{ atMs: 5, kind: "usage-exhausted" }])
      yield* store.changeChannel("acme", () => undefined)
      same("left as it is", yield* store.channel("acme"), channelWith(2))
    }),
  "R14: how a channel's linked domain stands is kept, whatever else is written": (store) =>
    Effect.gen(function* () {
      const none = { entries: [], notices: [] }
      const emailDomain = { domain: "a.example", status: "failed", sinceMs: 5, failingSinceMs: null } as const
      yield* store.changeChannel("acme", () => ({ record: channelWith(1), ...none }))
      same("none at first", (yield* store.channel("acme"))?.emailDomain, undefined)
      yield* store.changeChannel("acme", (record) => ({
        record: { ...(record ?? channelWith(0)), emailDomain },
        ...none,
      }))
      same("kept", yield* store.channel("acme"), { ...channelWith(1), emailDomain })
      yield* store.transact([keyOf("cust-1")], (loaded) => ({
        changes: {
          ...noChanges,
          channels: [
            {
              channelId: "acme",
              record: { ...(loaded.channel("acme") ?? channelWith(0)), ledger: channelWith(2).ledger },
            },
          ],
        },
        value: undefined,
      }))
      same("loaded and written back", yield* store.channel("acme"), { ...channelWith(2), emailDomain })
    }),
  "changeChannel: work that throws writes nothing": (store) =>
    Effect.gen(function* () {
      const broken = store.changeChannel("acme", () => {
        throw new Error("work failed")
      })
      same("the change failed", yield* failed(broken), true)
      same("the channel", yield* store.channel("acme"), undefined)
    }),
  "changeChannel: a change under one id is made once, by channel and id, until it is pruned": (store) =>
    Effect.gen(function* () {
      const addOne = (channelId: string, id: string, atMs = 5) =>
        store.changeChannel(
          channelId,
          (record) => ({
            record: channelWith((record?.ledger.usedMilli ?? 0) + 1, channelId),
            entries: [entryOf("record", 1, atMs)],
            notices: [],
          }),
          { id, atMs },
        )
      const used = (channelId: string) =>
        store.channel(channelId).pipe(Effect.map((record) => record?.ledger.usedMilli))
      yield* store.changeChannel("acme", () => undefined, { id: "1", atMs: 5 })
      for (const id of ["1", "1", "2", "1", ...awkwardIds, ...awkwardIds]) yield* addOne("acme", id)
      yield* addOne("other", "1", 6)
      same("what counts of acme", yield* used("acme"), 2 + awkwardIds.length)
      same("what counts of another channel", yield* used("other"), 1)
      same(
        "the entries",
        (yield* store.usage("acme")).reduce((sum, one) => sum + one.milliPu, 0),
        2 + awkwardIds.length,
      )
      same("pruned up to the limit", yield* store.prune(6, 4), 4)
      same("the rest, but not the boundary", yield* store.prune(6, 100), awkwardIds.length - 2)
      yield* addOne("acme", "1")
      yield* addOne("other", "1", 9)
      same("after it was pruned", yield* used("acme"), 3 + awkwardIds.length)
      same("what was not pruned", yield* used("other"), 1)
    }),
  "changeChannel: what fails under an id may be repeated under it": (store) =>
    Effect.gen(function* () {
      const call = { id: "1", atMs: 5 }
      const broken = store.changeChannel(
        "acme",
        () => {
          throw new Error("work failed")
        },
        call,
      )
      same("the change failed", yield* failed(broken), true)
      const made = { record: channelWith(1), entries: [], notices: [] }
      yield* store.changeChannel("acme", () => made, call)
      same("made", yield* store.channel("acme"), channelWith(1))
    }),
  "ids with quotes, slashes, unicode and SQL in them": (store) =>
    Effect.gen(function* () {
      for (const [index, id] of awkwardIds.entries()) {
        const key = keyOf(id, id)
        yield* store.transact([key], () => ({
          changes: {
            ...noChanges,
            customers: [{ key, record: { input: undefined, state: stateOf(index + 1) }, dueAtMs: index + 1 }],
            channels: [{ channelId: id, record: channelWith(index, id) }],
            events: [{ key, event: signalled(index + 1) }],
            outbox: [itemOf(`delivery ${id}`, index + 1, `follow-up ${id}`)],
            notices: [{ channelId: id, notice: { atMs: index, kind: "usage-70" } }],
          },
          value: undefined,
        }))
      }
      for (const [index, id] of awkwardIds.entries()) {
        same(`the channel ${id}`, yield* store.channel(id), channelWith(index, id))
        same(`the history of ${id}`, yield* store.history(keyOf(id, id)), [signalled(index + 1)])
        same(`the notices of ${id}`, yield* store.notices(id), [{ atMs: index, kind: "usage-70" }])
      }
      const due = yield* store.due(100, 100)
      same(
        "what is due",
        due,
        awkwardIds.map((id) => keyOf(id, id)),
      )
      yield* write(store, { cancelled: awkwardIds.map((id) => `delivery ${id}`) })
      const claimed = yield* store.claim(100, 200, 100)
      same(
        "what is claimed",
        claimed.map(({ deliveryId }) => deliveryId).toSorted(),
        awkwardIds.map((id) => `delivery ${id}`).toSorted(),
      )
      same(
        "what is cancelled",
        claimed.every(({ cancelled }) => cancelled),
        true,
      )
    }),
}
