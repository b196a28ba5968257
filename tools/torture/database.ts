/**
 * The one database of a run, and what the store and the tables themselves say at its end.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { ChannelInput } from "../../src/core/directory.ts"
import { Store, type StoredEvent, type StoreError, type StoreShape } from "../../src/engine/index.ts"
import { makeClient } from "../../src/stores/postgres/driver.ts"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { startPostgres } from "../postgres/postgres-server.ts"
import type { ChannelEvidence } from "./evidence.ts"

/** Where the engine processes keep their state. */
export type StoreSetting = { readonly sqlite: string } | { readonly postgres: PostgresOptions }

/** The store of a setting. */
export const layerOf = (setting: StoreSetting): Layer.Layer<Store, StoreError> =>
  "sqlite" in setting ? sqlite(setting.sqlite) : postgres(setting.postgres)

/** A new, empty database, and a folder for whatever else a run writes. */
export interface Database {
  readonly folder: string
  readonly setting: StoreSetting
  readonly close: () => Promise<void>
}

/** Makes a database that is gone once it is closed. */
export const openDatabase = async (store: "sqlite" | "postgres"): Promise<Database> => {
  const folder = mkdtempSync(join(tmpdir(), "followup-torture-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  if (store === "sqlite")
    return {
      folder,
      setting: { sqlite: join(folder, "followup.sqlite") },
      close: async () => remove(),
    }
  const server = await startPostgres()
  return {
    folder,
    setting: { postgres: { ...server.options, maxConnections: 4 } },
    close: async () => {
      await server.close()
      remove()
    },
  }
}

const PAGE = 500

const eventsFrom = async (view: View, after: number): Promise<ReadonlyArray<StoredEvent>> => {
  const events: Array<StoredEvent> = []
  for (;;) {
    const seq = events.at(-1)?.seq ?? after
    const page = await view.ask((store) => store.eventsAfter(seq, PAGE))
    events.push(...page)
    if (page.length < PAGE) return events
  }
}

// Page by page backwards, as hosts read it; each page has its lines, and what became of them.
const logOf = async (view: View, channelId: string): Promise<ReadonlyArray<StoredEvent>> => {
  const events = new Map<number, StoredEvent>()
  let beforeSeq = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = await view.ask((store) => store.log({ channelId, limit: PAGE, beforeSeq }))
    for (const stored of page) events.set(stored.seq, stored)
    const first = page.at(0)
    if (first === undefined) return [...events.values()].toSorted((a, b) => a.seq - b.seq)
    beforeSeq = first.seq
  }
}

/** A look into the database, beside the engine processes. */
export interface View {
  readonly ask: <A>(question: (store: StoreShape) => Effect.Effect<A, StoreError>) => Promise<A>
  /** The events after a `seq`, oldest first. */
  readonly eventsAfter: (seq: number) => Promise<ReadonlyArray<StoredEvent>>
  readonly channel: (input: ChannelInput) => Promise<ChannelEvidence>
  /** What the outbox table itself holds. */
  readonly outbox: () => Promise<ReadonlyArray<string>>
}

const outboxOf = async (setting: StoreSetting): Promise<ReadonlyArray<string>> => {
  const query = "select delivery_id from followup_outbox order by delivery_id"
  if ("sqlite" in setting) {
    const database = new DatabaseSync(setting.sqlite, { readOnly: true })
    const rows = database.prepare(query).all()
    database.close()
    return rows.map((row) => String(row["delivery_id"]))
  }
  const rows = await Effect.runPromise(
    Effect.scoped(
      makeClient(setting.postgres).pipe(
        Effect.flatMap((sql) => sql.unsafe<{ readonly delivery_id: string }>(query)),
      ),
    ),
  )
  return rows.map((row) => row.delivery_id)
}

/**
 * Looks into a database that has its tables. Only for a moment: a connection that stays open keeps alive what SQLite
 * has to recover when the last of its processes was killed.
 */
export const look = async <A>(setting: StoreSetting, use: (view: View) => Promise<A>): Promise<A> => {
  const runtime = ManagedRuntime.make(
    "sqlite" in setting ? sqlite({ file: setting.sqlite, readOnly: true }) : layerOf(setting),
  )
  const view: View = {
    ask: (question) => runtime.runPromise(Store.use(question)),
    eventsAfter: (seq) => eventsFrom(view, seq),
    channel: async (input) => {
      const record = await view.ask((store) => store.channel(input.id))
      if (record === undefined) throw new Error(`channel ${input.id} is not in the database`)
      return {
        input,
        ledger: record.ledger,
        usage: await view.ask((store) => store.usage(input.id)),
        notices: await view.ask((store) => store.notices(input.id)),
        log: await logOf(view, input.id),
      }
    },
    outbox: () => outboxOf(setting),
  }
  try {
    return await use(view)
  } finally {
    await runtime.dispose()
  }
}
