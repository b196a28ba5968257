/** Messages on their way out are taken by several processes at once: whoever changes some waits for nobody crosswise. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as SqlClient from "effect/sql/SqlClient"
import { describe, expect, test } from "vitest"
import { noChanges, type StoreError, type StoreShape } from "../../src/ports/store.ts"
import { backAt, itemOf, keyOf, write } from "../../src/testing/store-contract/fixture.ts"
import { asking, freshSchemas, ownServer, using } from "./postgres-world.ts"

const server = ownServer()
const fresh = freshSchemas(server)

const LEASE_UNTIL_MS = 70
/** In another order than that of the locks. */
const ids = ["d5", "d9", "d2", "d7", "d1", "d4", "d8", "d3", "d6"]
const first = "d1"
const others = ids.filter((id) => id !== first)

const queued = (store: StoreShape) =>
  write(store, { outbox: ids.map((id) => itemOf(id, 10)) }).pipe(
    Effect.andThen(store.claim(10, LEASE_UNTIL_MS, ids.length)),
  )

const untilOneWaits = (sql: SqlClient.SqlClient): Effect.Effect<void> =>
  Effect.orDie(
    sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  ).pipe(Effect.flatMap((rows) => (rows.length > 0 ? Effect.void : untilOneWaits(sql))))

interface Call {
  readonly make: (store: StoreShape) => Effect.Effect<unknown, StoreError>
  /** What becomes of all of the messages: says so of a message as it is kept, or `null` when none is. */
  readonly done: string | null
}

const calls: Readonly<Record<string, Call>> = {
  "who assigns": {
    make: (store) =>
      store.assign(
        LEASE_UNTIL_MS,
        ids.map((deliveryId) => ({ deliveryId, providers: ["two"] })),
      ),
    done: `providers = '["two"]'`,
  },
  "who gives back": {
    make: (store) =>
      store.postpone(
        LEASE_UNTIL_MS,
        ids.map((id) => backAt(id, 90)),
      ),
    done: "ready_at = 90",
  },
  "who cancels": { make: (store) => write(store, { cancelled: ids }), done: "cancelled = 1" },
  "who answers": { make: (store) => write(store, { answered: ids }), done: null },
  "who cancels some and answers the first": {
    make: (store) => write(store, { cancelled: others, answered: [first] }),
    done: "cancelled = 1",
  },
  "who answers some and cancels the first": {
    make: (store) => write(store, { cancelled: [first], answered: others }),
    done: "cancelled = 1",
  },
  "who decides under their leases": {
    make: (store) =>
      store.transact(
        [],
        ({ isLeased }) => ({ changes: { ...noChanges, answered: ids.filter(isLeased) }, value: undefined }),
        ids.map((deliveryId) => ({ deliveryId, untilMs: LEASE_UNTIL_MS })),
      ),
    done: null,
  },
  "who forgets": {
    make: (store) => store.forget(keyOf("cust-1"), () => ({ kept: [], changes: noChanges })),
    done: null,
  },
}

describe("of messages of which another transaction changes the first", () => {
  test.each(Object.entries(calls))(
    "%s holds none while waiting, and changes all",
    async (_, { make, done }) => {
      const options = fresh()
      await using(options, (store) =>
        Effect.gen(function* () {
          yield* queued(store)
          yield* asking(options, (sql) =>
            Effect.gen(function* () {
              const calling = yield* asking(options, (holder) =>
                holder.withTransaction(
                  Effect.gen(function* () {
                    yield* holder`update followup_outbox set follow_up_id = 'held' where delivery_id = ${first}`
                    const forked = yield* Effect.forkDetach(make(store))
                    yield* untilOneWaits(sql)
                    const free = yield* sql`select delivery_id from followup_outbox for update skip locked`
                    expect(free.length).toBe(others.length)
                    return forked
                  }),
                ),
              )
              yield* Fiber.join(calling)
              const undone = yield* sql`select 1 from followup_outbox
              where ${done === null ? sql`true` : sql`not (${sql.literal(done)})`}`
              expect(undone).toEqual([])
            }),
          )
        }),
      )
    },
  )
})

test("R9: what a transaction found under its lease is claimed by nobody before it is over", async () => {
  const options = fresh()
  await using(options, (store) =>
    Effect.gen(function* () {
      yield* queued(store)
      yield* asking(options, (sql) =>
        Effect.gen(function* () {
          const found: Array<boolean> = []
          const deciding = yield* asking(options, (holder) =>
            holder.withTransaction(
              Effect.gen(function* () {
                yield* holder`update followup_outbox set follow_up_id = 'held' where delivery_id = 'd9'`
                const forked = yield* Effect.forkDetach(
                  store.transact(
                    [],
                    ({ isLeased }) => {
                      found.push(isLeased(first))
                      return { changes: { ...noChanges, cancelled: ["d9"] }, value: undefined }
                    },
                    [{ deliveryId: first, untilMs: LEASE_UNTIL_MS }],
                  ),
                )
                yield* untilOneWaits(sql)
                const claimed = yield* store.claim(LEASE_UNTIL_MS, 200, ids.length)
                expect(claimed.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(
                  others.filter((id) => id !== "d9").toSorted(),
                )
                return forked
              }),
            ),
          )
          yield* Fiber.join(deciding)
          expect(found).toEqual([true])
          const late = yield* store.claim(LEASE_UNTIL_MS, 200, ids.length)
          expect(late.map(({ deliveryId }) => deliveryId).toSorted()).toEqual([first, "d9"])
        }),
      )
    }),
  )
})

describe("a call outside transactions that another one made impossible", () => {
  test("is made again", async () => {
    const options = fresh()
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* queued(store)
        yield* asking(options, (sql) =>
          Effect.gen(function* () {
            yield* sql`create sequence tries`
            yield* sql`create function fail() returns trigger language plpgsql as $$ begin
              if nextval('tries') <= 2 then raise exception 'conflict' using errcode = '40P01'; end if;
              return new; end $$`
            yield* sql`create trigger fail before update on followup_outbox
              for each row execute function fail()`
          }),
        )
        expect(yield* store.assign(LEASE_UNTIL_MS, [{ deliveryId: first, providers: ["two"] }])).toEqual([
          first,
        ])
      }),
    )
  })
})
