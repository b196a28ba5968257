/**
 * The store contract on notices on their way to the host: leases, repetitions, and the end of it. Rule R16.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ClaimedNotice, StoreShape } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import { type Cases, channelWith, write } from "./fixture.ts"

const told = (claimed: ReadonlyArray<ClaimedNotice>) =>
  claimed
    .map(({ channelId, notice, attempt }) => `${channelId} ${notice.kind}@${notice.atMs} #${attempt}`)
    .toSorted()

const some = (store: StoreShape) =>
  Effect.gen(function* () {
    yield* write(store, {
      notices: [
        { channelId: "acme", notice: { atMs: 10, kind: "usage-70" } },
        { channelId: "other", notice: { atMs: 20, kind: "usage-90" } },
      ],
    })
    yield* store.changeChannel("acme", () => ({
      record: channelWith(1),
      entries: [],
      notices: [{ atMs: 30, kind: "usage-exhausted" }],
    }))
  })

const claim = (store: StoreShape, nowMs: number, limit = 10) =>
  store.claimNotices(nowMs, nowMs + 60, limit).pipe(Effect.map(told))

/** The cases on notices. @since 0.1.0 */
export const noticeCases: Cases = {
  "R16: claimNotices: from their instant on, those that wait longest first, each to one claimer": (store) =>
    Effect.gen(function* () {
      yield* some(store)
      same("at 9", yield* claim(store, 9), [])
      same("two of three", yield* claim(store, 30, 2), ["acme usage-70@10 #1", "other usage-90@20 #1"])
      same("the rest", yield* claim(store, 30, 2), ["acme usage-exhausted@30 #1"])
      same("none left", yield* claim(store, 30), [])
    }),
  "R16: claimNotices: again once the lease ran out, not before, under the same number": (store) =>
    Effect.gen(function* () {
      yield* some(store)
      const [first] = yield* store.claimNotices(10, 70, 1)
      same("within the lease", (yield* claim(store, 69)).includes("acme usage-70@10 #2"), false)
      const [again] = yield* store.claimNotices(70, 130, 1)
      same("at its end", again, first && { ...first, attempt: 2 })
    }),
  "R16: releaseNotice: to be told again from then on, or never more": (store) =>
    Effect.gen(function* () {
      yield* some(store)
      const [first, second] = yield* store.claimNotices(20, 80, 2)
      yield* store.releaseNotice(first?.seq ?? 0, 50)
      yield* store.releaseNotice(second?.seq ?? 0, null)
      yield* store.releaseNotice(1_000_000, 0)
      same("before", yield* claim(store, 29), [])
      same("at its instant", yield* claim(store, 50), ["acme usage-70@10 #2", "acme usage-exhausted@30 #1"])
      same("much later", yield* claim(store, 1_000), ["acme usage-70@10 #3", "acme usage-exhausted@30 #2"])
      same("all of them are still listed", (yield* store.notices("acme")).length, 2)
      same("what was told too", (yield* store.notices("other")).length, 1)
    }),
  "R16: releaseNotice: what was told stays told, whoever comes late": (store) =>
    Effect.gen(function* () {
      yield* some(store)
      const [late] = yield* store.claimNotices(10, 20, 1)
      const [inTime] = yield* store.claimNotices(20, 80, 1)
      same("the same one", inTime?.seq, late?.seq)
      yield* store.releaseNotice(inTime?.seq ?? 0, null)
      yield* store.releaseNotice(late?.seq ?? 0, 25)
      same("later", yield* claim(store, 30), ["acme usage-exhausted@30 #1", "other usage-90@20 #1"])
    }),
  "R16: claimNotices: many at once get each notice once": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        notices: Array.from({ length: 30 }, (_, index) => ({
          channelId: `channel-${index}`,
          notice: { atMs: index, kind: "usage-70" as const },
        })),
      })
      const claims = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => index),
        () => store.claimNotices(100, 200, 3),
        { concurrency: "unbounded" },
      )
      same("all, once", new Set(claims.flat().map(({ seq }) => seq)).size, 30)
      same("none twice", claims.flat().length, 30)
    }),
}
