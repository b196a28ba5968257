/**
 * The store contract on the outbox: leases, interruptions, cancellations and answers.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type ClaimedItem, noChanges, type StoreShape } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import { backAt, type Cases, itemOf, write } from "./fixture.ts"

const idsOf = (claimed: ReadonlyArray<ClaimedItem>) => claimed.map(({ deliveryId }) => deliveryId).toSorted()

const standing = (claimed: ReadonlyArray<ClaimedItem>) =>
  claimed.map(({ attempt, interrupted, cancelled }) => ({ attempt, interrupted, cancelled }))

const claimOne = (store: StoreShape, nowMs: number, leaseUntilMs: number) =>
  store.claim(nowMs, leaseUntilMs, 10).pipe(Effect.map(standing))

/** The cases on the outbox. @since 0.1.0 */
export const outboxCases: Cases = {
  "claim: gives the message as it was queued, from its instant on": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10)] })
      same("at 9", yield* store.claim(9, 100, 10), [])
      const [claimed] = yield* store.claim(10, 100, 10)
      const { notBeforeMs: _, leaseUntilMs: __, ...queued } = itemOf("d1", 10)
      const { deliveryId, followUpId, key, via, message, expiresAtMs, providers } =
        claimed ?? itemOf("none", 0)
      same("the item", { deliveryId, followUpId, key, via, message, expiresAtMs, providers }, queued)
      same("who refused it", claimed?.refused, [])
      same("how it stands", standing(claimed === undefined ? [] : [claimed]), [
        { attempt: 1, interrupted: false, cancelled: false },
      ])
    }),
  "claim: those ready longest first, up to the limit, each to one claimer": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("c", 30), itemOf("a", 10), itemOf("d", 40), itemOf("b", 20)] })
      same("two of three", idsOf(yield* store.claim(30, 100, 2)), ["a", "b"])
      same("the rest", idsOf(yield* store.claim(30, 100, 2)), ["c"])
      same("none left", idsOf(yield* store.claim(30, 100, 2)), [])
      same("the one of later", idsOf(yield* store.claim(40, 100, 2)), ["d"])
    }),
  "claim: again once the lease ran out, as interrupted, not before": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10)] })
      yield* store.claim(10, 70, 10)
      same("within the lease", yield* claimOne(store, 69, 129), [])
      same("at its end", yield* claimOne(store, 70, 130), [
        { attempt: 2, interrupted: true, cancelled: false },
      ])
      same("within the second lease", yield* claimOne(store, 129, 200), [])
      same("at its end", yield* claimOne(store, 130, 200), [
        { attempt: 3, interrupted: true, cancelled: false },
      ])
    }),
  "postpone: back from its new instant on, interrupted or not, as said": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10)] })
      yield* store.claim(10, 70, 10)
      yield* store.postpone(70, [backAt("d1", 20)])
      same("before its instant", yield* claimOne(store, 19, 80), [])
      same("not interrupted", yield* claimOne(store, 20, 80), [
        { attempt: 2, interrupted: false, cancelled: false },
      ])
      yield* store.postpone(80, [backAt("d1", 30, { attempts: 2, interrupted: true })])
      same("interrupted", yield* claimOne(store, 30, 90), [
        { attempt: 3, interrupted: true, cancelled: false },
      ])
      yield* store.postpone(90, [backAt("d1", 200, { attempts: 3 })])
      same("within the lease that it had", yield* claimOne(store, 199, 290), [])
      same("certain again", yield* claimOne(store, 200, 290), [
        { attempt: 4, interrupted: false, cancelled: false },
      ])
      yield* store.postpone(290, [backAt("nothing of this name", 0)])
      yield* store.postpone(290, [])
      same("what was never queued", yield* claimOne(store, 200, 290), [])
    }),
  "postpone: many at once, each as said: attempts, providers and refusals": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 10), itemOf("d3", 10)] })
      yield* store.claim(10, 70, 10)
      const refused = [
        { provider: `the "one"`, untilMs: null },
        { provider: "둘", untilMs: 90 },
      ]
      yield* store.postpone(70, [
        backAt("d1", 20, { attempts: 0, providers: [`the "one"`, "둘"], refused }),
        backAt("d2", 30, { attempts: 7, providers: [], interrupted: true }),
      ])
      const [first] = yield* store.claim(20, 80, 10)
      same("the first", [first?.attempt, first?.providers, first?.refused], [1, [`the "one"`, "둘"], refused])
      const [second] = yield* store.claim(30, 90, 10)
      same("the second", [second?.attempt, second?.providers, second?.interrupted], [8, [], true])
      same("the one that was not named", idsOf(yield* store.claim(69, 200, 10)), [])
    }),
  "assign: who gets it is known to the next claimer": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 10), itemOf("d3", 10)] })
      yield* store.claim(10, 70, 10)
      const ids = yield* store.assign(70, [
        { deliveryId: "d1", providers: ["two"] },
        { deliveryId: "d2", providers: ["one", "three"] },
        { deliveryId: "nothing of this name", providers: ["one"] },
      ])
      same("those assigned", ids.toSorted(), ["d1", "d2"])
      same("still under lease", yield* store.claim(69, 129, 10), [])
      const claimed = yield* store.claim(70, 130, 10)
      const of = (id: string) => claimed.find(({ deliveryId }) => deliveryId === id)
      same("their number", claimed.length, 3)
      same("the first", [of("d1")?.providers, of("d1")?.interrupted], [["two"], true])
      same("the second", [of("d2")?.providers, of("d2")?.interrupted], [["one", "three"], true])
      same("the one that was not named", [of("d3")?.providers, of("d3")?.interrupted], [["one"], true])
    }),
  "assign, postpone: whoever lost the lease changes nothing": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10)] })
      yield* store.claim(10, 70, 10)
      yield* store.claim(70, 130, 10)
      same("late", yield* store.assign(70, [{ deliveryId: "d1", providers: ["two"] }]), [])
      yield* store.postpone(70, [backAt("d1", 80, { providers: ["two"] })])
      same("under the second lease", yield* store.claim(129, 200, 10), [])
      const [claimed] = yield* store.claim(130, 200, 10)
      same("as it was", [claimed?.providers, claimed?.attempt, claimed?.interrupted], [["one"], 3, true])
      yield* store.postpone(200, [backAt("d1", 210)])
      same("given back", yield* store.assign(200, [{ deliveryId: "d1", providers: ["two"] }]), [])
      yield* store.postpone(200, [backAt("d1", 0)])
      same("given back once", yield* store.claim(209, 300, 10), [])
    }),
  "under lease from the start: nobody else claims it before the lease is over, and then it may have been sent":
    (store) =>
      Effect.gen(function* () {
        yield* write(store, { outbox: [{ ...itemOf("d1", 10), leaseUntilMs: 70 }, itemOf("d2", 10)] })
        same("what nobody has", idsOf(yield* store.claim(69, 129, 10)), ["d2"])
        same("the writer's to assign", yield* store.assign(70, [{ deliveryId: "d1", providers: ["two"] }]), [
          "d1",
        ])
        const [claimed] = yield* store.claim(70, 130, 10)
        same(
          "once the lease is over",
          [claimed?.deliveryId, claimed?.attempt, claimed?.interrupted, claimed?.providers],
          ["d1", 2, true, ["two"]],
        )
      }),
  "cancelled: messages are marked, before a claim and under lease": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        outbox: [itemOf("d1", 10, "f1"), itemOf("d2", 10, "f1"), itemOf("d3", 10, "f2")],
      })
      yield* store.claim(10, 70, 1)
      yield* write(store, { cancelled: ["d1", "d2", "nothing of this name"] })
      const claimed = [...(yield* store.claim(10, 70, 10)), ...(yield* store.claim(70, 130, 10))]
      const marked = new Set(claimed.filter((item) => item.cancelled).map(({ deliveryId }) => deliveryId))
      same("those cancelled", [...marked].toSorted(), ["d1", "d2"])
      same("all of them", [...new Set(claimed.map(({ deliveryId }) => deliveryId))].toSorted(), [
        "d1",
        "d2",
        "d3",
      ])
    }),
  "cancelled: one that certainly has not left waits no longer": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("waits", 50), itemOf("rests", 10), itemOf("lost", 10)] })
      yield* store.claim(10, 70, 10)
      yield* store.postpone(70, [backAt("lost", 50, { interrupted: true })])
      yield* write(store, { cancelled: ["waits", "rests", "lost"] })
      same("one that waited", idsOf(yield* store.claim(11, 71, 10)), ["waits"])
      yield* store.postpone(70, [backAt("rests", 50)])
      same("one that is given back", idsOf(yield* store.claim(12, 72, 10)), ["rests"])
      same("one that may have left, in its time", idsOf(yield* store.claim(49, 73, 10)), [])
      same("then", idsOf(yield* store.claim(50, 74, 10)), ["lost"])
    }),
  "transact: tells which messages are under the leases that it is given": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        outbox: ["held", "taken over", "given back", "answered"].map((id) => itemOf(id, 10)),
      })
      yield* store.claim(10, 70, 10)
      yield* store.postpone(
        70,
        ["held", "taken over"].map((id) => backAt(id, 20)),
      )
      yield* store.claim(20, 80, 10)
      yield* store.postpone(80, [backAt("held", 30)])
      yield* store.claim(30, 90, 10)
      yield* store.postpone(70, [backAt("given back", 90)])
      yield* write(store, { answered: ["answered"] })
      const leases = ["held", "taken over", "given back", "answered", "nothing of this name"].map(
        (deliveryId) => ({ deliveryId, untilMs: deliveryId === "held" ? 90 : 70 }),
      )
      const leased = yield* store.transact(
        [],
        ({ isLeased }) => ({
          changes: noChanges,
          value: leases.map(({ deliveryId }) => isLeased(deliveryId)),
        }),
        leases,
      )
      same("which are", leased, [true, false, false, false, false])
      const unasked = yield* store.transact([], ({ isLeased }) => ({
        changes: noChanges,
        value: isLeased("held"),
      }))
      same("of those that it is not given", unasked, false)
    }),
  "answered: a message is done, under lease or not": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 20)] })
      yield* store.claim(10, 70, 1)
      yield* write(store, { answered: ["d1", "d2", "nothing of this name"] })
      same("nothing is left", yield* store.claim(1_000, 2_000, 10), [])
    }),
  "outbox: a delivery is queued once, and stays as it was first": (store) =>
    Effect.gen(function* () {
      yield* write(store, { outbox: [itemOf("d1", 10, "f1")] })
      yield* write(store, { outbox: [itemOf("d1", 99, "f2"), itemOf("d2", 10)] })
      const claimed = yield* store.claim(10, 70, 10)
      same("both, once", idsOf(claimed), ["d1", "d2"])
      same("the first", claimed.find(({ deliveryId }) => deliveryId === "d1")?.followUpId, "f1")
      yield* write(store, { outbox: [itemOf("d1", 10)] })
      same("still under lease", yield* store.claim(10, 70, 10), [])
    }),
}
