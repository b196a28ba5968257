/**
 * The store contract on what is looked at: history, post log, usage, notices, and events as they come. Rules R19, R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { usageReport } from "../../core/billing/usage.ts"
import { defaultPolicy } from "../../core/policy.ts"
import type { LogQuery, StoredEvent, StoreShape } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import {
  type Cases,
  channelWith,
  entryOf,
  excluded,
  keyOf,
  requested,
  settled,
  signalled,
  write,
} from "./fixture.ts"

const instantsOf = (events: ReadonlyArray<StoredEvent>) => events.map(({ event }) => event.atMs)

// Two customers' deliveries, mixed, each settled later; an event's instant names it.
const mixed = (store: StoreShape) => {
  const [one, two] = [keyOf("cust-1"), keyOf("cust-2")]
  return write(store, {
    events: [
      { key: one, event: requested("d1", 1) },
      { key: one, event: signalled(2) },
      { key: two, event: requested("d2", 3) },
      { key: two, event: excluded("m3", 4) },
      { key: one, event: settled("d1", 5) },
      { key: one, event: requested("d3", 6) },
      { key: two, event: settled("d2", 7) },
      { key: keyOf("cust-1", "other"), event: requested("d4", 8) },
    ],
  })
}

const expectLog = Effect.fnUntraced(function* (
  store: StoreShape,
  what: string,
  query: Omit<LogQuery, "channelId">,
  expected: ReadonlyArray<number>,
) {
  same(what, instantsOf(yield* store.log({ channelId: "acme", ...query })), expected)
})

/** The cases on what is looked at. @since 0.1.0 */
export const historyCases: Cases = {
  "R20: history: of one customer of one channel only, oldest first": (store) =>
    Effect.gen(function* () {
      yield* mixed(store)
      const atMs = (yield* store.history(keyOf("cust-1"))).map((event) => event.atMs)
      same("of cust-1", atMs, [1, 2, 5, 6])
      same("as it was written", (yield* store.history(keyOf("cust-1")))[0], requested("d1", 1))
      same("of cust-1 of another channel", (yield* store.history(keyOf("cust-1", "other"))).length, 1)
      same("of a stranger", yield* store.history(keyOf("nobody")), [])
    }),
  "R20: log: what was asked for and what became of it, oldest first": (store) =>
    Effect.gen(function* () {
      yield* mixed(store)
      yield* expectLog(store, "all of it", { limit: 10 }, [1, 3, 4, 5, 6, 7])
      yield* expectLog(store, "the newest two", { limit: 2 }, [4, 6])
      yield* expectLog(store, "the newest three, with what came later", { limit: 3 }, [3, 4, 6, 7])
      yield* expectLog(store, "of cust-2", { limit: 10, customerId: "cust-2" }, [3, 4, 7])
      yield* expectLog(store, "none of it", { limit: 0 }, [])
      yield* expectLog(store, "of a stranger", { limit: 10, customerId: "nobody" }, [])
    }),
  "R20: log: pages before an event, each entry with its outcome": (store) =>
    Effect.gen(function* () {
      yield* mixed(store)
      const all = yield* store.eventsAfter(0, 100)
      const seqAt = (atMs: number) => all.find(({ event }) => event.atMs === atMs)?.seq ?? 0
      yield* expectLog(store, "before the last", { limit: 10, beforeSeq: seqAt(6) }, [1, 3, 4, 5, 7])
      yield* expectLog(store, "the newest before it", { limit: 2, beforeSeq: seqAt(6) }, [3, 4, 7])
      yield* expectLog(store, "before the first", { limit: 10, beforeSeq: seqAt(1) }, [])
      yield* expectLog(
        store,
        "of cust-1 before it",
        { limit: 10, beforeSeq: seqAt(6), customerId: "cust-1" },
        [1, 5],
      )
    }),
  "R20: log: of a period, its first instant included, its last not": (store) =>
    Effect.gen(function* () {
      yield* mixed(store)
      yield* expectLog(store, "from 3 to 6", { limit: 10, fromMs: 3, toMs: 6 }, [3, 4, 7])
      yield* expectLog(store, "from 4 on", { limit: 10, fromMs: 4 }, [4, 6])
      yield* expectLog(store, "before 4, with what came later", { limit: 10, toMs: 4 }, [1, 3, 5, 7])
      yield* expectLog(store, "an empty period", { limit: 10, fromMs: 4, toMs: 4 }, [])
      yield* expectLog(
        store,
        "the newest one of cust-1",
        { limit: 1, fromMs: 1, toMs: 6, customerId: "cust-1" },
        [1, 5],
      )
    }),
  "R19: usage: what uses PU or gives it back, by the months of UTC": (store) =>
    Effect.gen(function* () {
      const january = Date.UTC(2026, 0, 31, 23, 59, 59, 999)
      const entries = [
        entryOf("reserve", 10_000, january),
        entryOf("settle", 10_000, january),
        entryOf("settle", 10_001, january + 1),
        { ...entryOf("record", 3, january + 1), messages: 7, purpose: "marketing" } as const,
        { ...entryOf("settle", 8_000, january), kind: "SNS", country: "JP" } as const,
        entryOf("refund", 10_000, january + 2),
        entryOf("release", 9_000, january),
        entryOf("refuse", 9_000, january),
      ]
      yield* write(store, {
        entries: [
          ...entries.map((entry) => ({ channelId: "acme", entry })),
          { channelId: "other", entry: entryOf("settle", 1, 1) },
        ],
      })
      const setting = { prices: defaultPolicy.prices, atMs: january, ledger: channelWith(0).ledger }
      const kept = yield* store.usage("acme")
      same("the report", usageReport(kept, setting), usageReport(entries, setting))
      same("of a stranger", yield* store.usage("nobody"), [])
    }),
  "R16: notices: of one channel, in their order": (store) =>
    Effect.gen(function* () {
      const notice = (atMs: number, kind: "usage-70" | "usage-exhausted", channelId = "acme") => ({
        channelId,
        notice: { atMs, kind },
      })
      yield* write(store, { notices: [notice(2, "usage-70"), notice(1, "usage-exhausted")] })
      yield* write(store, { notices: [notice(0, "usage-70", "other"), notice(3, "usage-70")] })
      same("of acme", yield* store.notices("acme"), [
        { atMs: 2, kind: "usage-70" },
        { atMs: 1, kind: "usage-exhausted" },
        { atMs: 3, kind: "usage-70" },
      ])
      same("of a stranger", yield* store.notices("nobody"), [])
    }),
  "events: numbered as they were written, and read page by page": (store) =>
    Effect.gen(function* () {
      same("the last seq of an empty store", yield* store.lastSeq, 0)
      same("the events of an empty store", yield* store.eventsAfter(0, 10), [])
      yield* mixed(store)
      const pages: Array<ReadonlyArray<StoredEvent>> = []
      for (let seq = 0; ; ) {
        const page = yield* store.eventsAfter(seq, 3)
        if (page.length === 0) break
        pages.push(page)
        seq = page.at(-1)?.seq ?? seq
      }
      same(
        "the sizes of the pages",
        pages.map((page) => page.length),
        [3, 3, 2],
      )
      const all = pages.flat()
      same("in their order", instantsOf(all), [1, 2, 3, 4, 5, 6, 7, 8])
      same("with their customers", all[2]?.key, keyOf("cust-2"))
      same("as they were written", all[0]?.event, requested("d1", 1))
      same(
        "numbers that grow",
        all.every(({ seq }, index) => seq > (all[index - 1]?.seq ?? 0)),
        true,
      )
      same("the last seq", yield* store.lastSeq, all.at(-1)?.seq)
      yield* write(store, { events: [{ key: keyOf("cust-1"), event: signalled(9) }] })
      same("from the end on", instantsOf(yield* store.eventsAfter(all.at(-1)?.seq ?? 0, 10)), [9])
    }),
}
