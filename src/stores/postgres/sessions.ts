/**
 * What a session of the server is held to, whether it is a client's own or one that a pooler shares out.
 *
 * A pooler in transaction mode gives a session to another client after each transaction. What a client asks of a session
 * as it begins is refused or forgotten there, and what it sets later stays for the others.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { BeginTransaction, type SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** Whose sessions are: of this process alone while it is connected, or of a pooler's other clients as well. @since 0.1.0 */
export type Sessions = "own" | "shared"

/** Each statement sees what was committed before it: also what was, while it waited for its lock. @since 0.1.0 */
export const ISOLATION = "read committed"

interface Held {
  readonly schema?: string | undefined
  readonly timeoutMs: number
}

/**
 * What the server itself holds a session to, also when this process no longer can. Calls wait for locks as long as they
 * may take, whatever is usual in this database. Total.
 * @since 0.1.0
 */
export const settingsOf = ({ schema, timeoutMs }: Held): Readonly<Record<string, string>> => ({
  statement_timeout: String(timeoutMs),
  idle_in_transaction_session_timeout: String(timeoutMs),
  lock_timeout: "0",
  ...(schema !== undefined && { search_path: `"${schema.replaceAll('"', '""')}"` }),
})

/** Runs something in a session of the server. @since 0.1.0 */
export type InSession = <A, E>(run: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>

const asItIs: InSession = (run) => run

/**
 * How calls, and their transactions, run in sessions. In an own one, which was told all as it began, just so. In a shared
 * one each call is a transaction, and what it is held to ends with it.
 * @since 0.1.0
 */
export const runningIn = (
  sql: SqlClient,
  sessions: Sessions,
  held: Held,
): { readonly call: InSession; readonly transaction: InSession } => {
  if (sessions === "own") return { call: asItIs, transaction: sql.withTransaction }
  const settings = JSON.stringify(settingsOf(held))
  const set = sql`select set_config(key, value, true) from json_each_text(${settings}::json)`
  const call: InSession = (run) =>
    sql
      .withTransaction(Effect.andThen(set, run))
      .pipe(Effect.provideService(BeginTransaction, `begin isolation level ${ISOLATION}`))
  return { call, transaction: asItIs }
}
