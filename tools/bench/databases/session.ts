/**
 * A session of the benchmark's own on a Postgres server, to prepare and to count.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { makeClient } from "../../../src/stores/postgres/driver.ts"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"

/** How long a statement may take: a million customers are made in one. */
const STATEMENT_TIMEOUT_MS = 600_000

/** One connection. */
export interface Session {
  readonly ask: (
    text: string,
    values?: ReadonlyArray<unknown>,
  ) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  readonly close: () => Promise<void>
}

/** A name for a schema or a database that nobody else uses: letters, digits and underscores. */
export const newName = (): string => `bench_${randomUUID().replaceAll("-", "")}`

/** Opens a session. */
export const openSession = async (options: PostgresOptions): Promise<Session> => {
  const scope = Scope.makeUnsafe()
  const client = makeClient({ ...options, maxConnections: 1, timeoutMs: STATEMENT_TIMEOUT_MS })
  const sql = await Effect.runPromise(client.pipe(Scope.provide(scope)))
  return {
    ask: (text, values = []) => Effect.runPromise(sql.unsafe<Record<string, unknown>>(text, values)),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}

/** Closes a session, and removes a schema with all that is in it. */
export const closeWith = async (session: Session, schema: string): Promise<void> => {
  await session.ask(`drop schema if exists ${schema} cascade`)
  await session.close()
}
