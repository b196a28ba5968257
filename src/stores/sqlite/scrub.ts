/**
 * Writing a SQLite file anew, so that what was deleted cannot be found in its bytes. Rule R20.
 *
 * SQLite leaves what was deleted in free pages and in gaps within pages, also with secure_delete (which misses what a
 * page held before it was split). Only a file that is written anew, and an empty WAL, have none of it.
 * @since 0.1.0
 */
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import { StoreError } from "../../ports/store.ts"
import { makeLockWait } from "./lock-wait.ts"
import { sqlErrorOf } from "./node-sqlite.ts"

const stillThere = new StoreError({
  reason: "unavailable",
  message:
    "another process is at the database file: what was forgotten may still be found in it; forget again",
})

// As text, so that no bundler has to find a second file. What it waits for another process's lock, only it waits.
const ANEW = `
  const { parentPort, workerData } = require("node:worker_threads")
  const { DatabaseSync } = require("node:sqlite")
  try {
    const database = new DatabaseSync(workerData.file, { timeout: workerData.timeoutMs })
    database.exec("vacuum; pragma wal_checkpoint(truncate)")
    database.close()
    parentPort.postMessage(undefined)
  } catch ({ message, errcode }) {
    parentPort.postMessage({ message, errcode })
  }
`

interface Trouble {
  readonly message: string
  readonly errcode?: number
}

const troubleOf = (cause: unknown): SqlError =>
  sqlErrorOf(cause, { message: "the database file cannot be written anew" })

const startedWorker = (file: string, timeoutMs: number): Worker | undefined => {
  try {
    return new Worker(ANEW, {
      eval: true,
      workerData: { file, timeoutMs },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    })
  } catch {
    return undefined
  }
}

// It takes as long as the file is large, and would hold the event loop. Where there is no file, or threads are not
// allowed, it does.
const writeAnew = (connection: Connection, timeoutMs: number): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const [row] = yield* connection.executeValuesUnprepared(
      "select file from pragma_database_list where name = 'main'",
      [],
    )
    const file = row?.[0]
    const worker = typeof file === "string" && file !== "" ? startedWorker(file, timeoutMs) : undefined
    if (worker === undefined) return yield* Effect.asVoid(connection.executeRaw("vacuum", []))
    return yield* Effect.callback<void, SqlError>((resume) => {
      const ended = (trouble: Trouble | undefined) =>
        resume(
          trouble === undefined
            ? Effect.void
            : Effect.fail(troubleOf(Object.assign(new Error(trouble.message), { errcode: trouble.errcode }))),
        )
      worker.once("message", ended)
      worker.once("error", ended)
      // Whatever ended it before it could say anything. Only the first word counts.
      worker.once("exit", () => ended({ message: "the thread ended" }))
    })
  })

/**
 * Makes what writes the file anew, while whatever else the store is asked for waits. Those who ask while it is being
 * written, or wait for their turn, share the next time. Fails with `stillThere` while another process reads the file.
 * @since 0.1.0
 */
export const makeScrub = (sql: SqlClient, timeoutMs: number): Effect.Effect<void, SqlError | StoreError> => {
  const lockWait = makeLockWait(timeoutMs)
  let asked = 0
  let done = 0
  // It says by a row, not by an error, that others are at the file.
  const emptied = (connection: Connection) =>
    Effect.flatMap(connection.executeValuesUnprepared("pragma wal_checkpoint(truncate)", []), ([row]) =>
      row?.[0] === 1 ? Effect.fail(stillThere) : Effect.void,
    )
  const scrub = Effect.fnUntraced(function* (connection: Connection, mine: number) {
    if (done >= mine) return
    // Whoever asked by now has deleted by now.
    const all = asked
    yield* writeAnew(connection, timeoutMs)
    yield* lockWait(emptied(connection), (error) => error === stillThere)
    done = all
  })
  return Effect.suspend(() => {
    const mine = ++asked
    return Effect.scoped(Effect.flatMap(sql.reserve, (connection) => scrub(connection, mine)))
  })
}
