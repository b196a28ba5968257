/**
 * The store contract on time: what is due, and when to look again.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Changes } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import { backAt, type Cases, customerDue, itemOf, keyOf, write } from "./fixture.ts"

/** The cases on instants. @since 0.1.0 */
export const instantCases: Cases = {
  "due: the most overdue first, up to the limit, the instant itself included": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        customers: [
          customerDue("third", 30),
          customerDue("first", 10),
          customerDue("never", null),
          customerDue("second", 20),
        ],
      })
      same("at 9", yield* store.due(9, 10), [])
      same("at 10", yield* store.due(10, 10), [keyOf("first")])
      same("at 29", yield* store.due(29, 10), [keyOf("first"), keyOf("second")])
      same("at 30", yield* store.due(30, 10), [keyOf("first"), keyOf("second"), keyOf("third")])
      same("two of three", yield* store.due(30, 2), [keyOf("first"), keyOf("second")])
      yield* write(store, { customers: [customerDue("first", null), customerDue("second", 40)] })
      same("after changes", yield* store.due(40, 10), [keyOf("third"), keyOf("second")])
    }),
  "nextInstant: the earliest of what is due and what may be claimed": (store) =>
    Effect.gen(function* () {
      const expectNext = Effect.fnUntraced(function* (after: string, expected: number | null) {
        same(`the next instant ${after}`, yield* store.nextInstant(-1), expected)
      })
      const expectAfter = Effect.fnUntraced(function* (
        after: string,
        changes: Partial<Changes>,
        expected: number | null,
      ) {
        yield* write(store, changes)
        yield* expectNext(after, expected)
      })
      yield* expectNext("of an empty store", null)
      yield* expectAfter(
        "with nothing due",
        { customers: [customerDue("a", null), customerDue("b", null)] },
        null,
      )
      yield* expectAfter("with one due", { customers: [customerDue("a", 50)] }, 50)
      yield* expectAfter("with one due before", { customers: [customerDue("b", 40)] }, 40)
      yield* expectAfter("with a message after that", { outbox: [itemOf("d1", 45)] }, 40)
      yield* expectAfter("with a message before that", { outbox: [itemOf("d2", 30)] }, 30)
      yield* store.claim(30, 90, 1)
      yield* expectNext("with the message under lease", 40)
      yield* expectAfter(
        "with nobody due",
        { customers: [customerDue("a", null), customerDue("b", null)] },
        45,
      )
      yield* store.claim(45, 95, 1)
      yield* expectNext("with both under lease", 90)
      yield* store.postpone(95, [backAt("d1", 60)])
      yield* expectNext("with one given back", 60)
      yield* expectAfter("with that one answered", { answered: ["d1"] }, 90)
      yield* expectAfter("with both answered", { answered: ["d2"] }, null)
    }),
  "nextInstant: the first after an instant, whatever was due by then": (store) =>
    Effect.gen(function* () {
      const names = ["c", "a", "e", "b", "d"]
      yield* write(store, {
        customers: [...names.map((name, index) => customerDue(name, 10 + index)), customerDue("z", 50)],
        outbox: [...names.map((id, index) => itemOf(id, 20 + index)), itemOf("z", 40)],
      })
      same("after nothing", yield* store.nextInstant(-1), 10)
      same("just before one", yield* store.nextInstant(10), 11)
      same("with customers overdue", yield* store.nextInstant(14), 20)
      same("with messages overdue too", yield* store.nextInstant(24), 40)
      same("at a message", yield* store.nextInstant(40), 50)
      same("at the last", yield* store.nextInstant(50), null)
      yield* write(store, { customers: [customerDue("z", null), customerDue("e", 60)], cancelled: ["z"] })
      same("after changes", yield* store.nextInstant(24), 60)
    }),
}
