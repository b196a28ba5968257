/**
 * Looking into the engine's SQLite file: read-only, without starting the engine, which would act on what is due.
 * @since 0.1.0
 */
import { existsSync } from "node:fs"
import { open } from "node:fs/promises"
import { pathToFileURL } from "node:url"
import type { Command } from "commander"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { PostLogEntry } from "../core/history/post-log.ts"
import { type ChannelRecord, Store, type StoreError, type StoreShape } from "../ports/store.ts"
import { badInput, failed, type Outcome } from "./outcome.ts"
import { unreadable } from "./source-text.ts"

/** Which channel of which file a command looks at, and how it prints what it finds. @since 0.1.0 */
export interface DatabaseOptions {
  readonly db: string
  readonly channel: string
  readonly json?: true
}

/** Lines of a post log, as `--json` prints them; instants in UTC epoch ms. R20. @since 0.1.0 */
export interface PostedEntries {
  readonly entries: ReadonlyArray<PostLogEntry>
}

/** What a command may ask of a store: nothing that writes. @since 0.1.0 */
export type StoreReader = Pick<StoreShape, "history" | "log" | "usage">

/** Adds the options that every command over a file has. @since 0.1.0 */
export const withDatabase = (command: Command): Command =>
  command
    .requiredOption("--db <file>", "the engine's SQLite file; it is only read")
    .requiredOption("--channel <id>", "the channel's id")

/** Every SQLite file begins with these bytes (SQLite file format, 1.3). */
const SQLITE_HEADER = "SQLite format 3\0"

const unusable = (file: string, why: string): Outcome => badInput(`cannot read ${file}: ${why}`)

// Not repeated: the password of a database may be in it.
const URL_OF_A_SERVER = /^\w+:\/\//

const notAFile = badInput(
  "--db: expected an SQLite file; of another store the library's own log(), sentTo(), usage() and explain() tell",
)

const beginningOf = async (file: string): Promise<string> => {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(SQLITE_HEADER.length), 0, SQLITE_HEADER.length, 0)
    return buffer.toString("latin1")
  } finally {
    await handle.close()
  }
}

const headerProblem = async (file: string): Promise<Outcome | undefined> => {
  try {
    return (await beginningOf(file)) === SQLITE_HEADER
      ? undefined
      : unusable(file, "the file is not a followup database")
  } catch (error) {
    return badInput(unreadable(file, error))
  }
}

// Opened in the ordinary way, a file at rest would get an empty -wal and a -shm beside it, which stay; with a -wal an
// engine has it open, or crashed, and the newest of its content is there.
const locationOf = (file: string): string =>
  existsSync(`${file}-wal`) ? file : `${pathToFileURL(file).href}?immutable=1`

const problemOf = (file: string, { reason, message }: StoreError): Outcome =>
  reason === "corrupt" ? unusable(file, message) : failed(`cannot read ${file}: ${message}`)

/**
 * Asks the store in a file about a channel: what `query` gives, or how the command ends instead. The file is neither
 * made nor changed.
 * @since 0.1.0
 */
export const readDatabase = async <A>(
  { db, channel }: DatabaseOptions,
  query: (store: StoreReader, channel: ChannelRecord) => Effect.Effect<A, StoreError>,
): Promise<Result.Result<A, Outcome>> => {
  if (db === "" || URL_OF_A_SERVER.test(db)) return Result.fail(notAFile)
  const problem = await headerProblem(db)
  if (problem !== undefined) return Result.fail(problem)
  // Loaded only here: the other commands do without SQLite.
  const { sqlite } = await import("../stores/sqlite/index.ts")
  const asked = Effect.gen(function* () {
    const store = yield* Store
    const record = yield* store.channel(channel)
    return record === undefined
      ? Result.fail(badInput(`--channel: ${db} has no channel with that id`))
      : Result.succeed(yield* query(store, record))
  }).pipe(
    Effect.provide(sqlite({ file: locationOf(db), readOnly: true })),
    Effect.catch((error) => Effect.succeed(Result.fail(problemOf(db, error)))),
  )
  return Effect.runPromise(asked)
}
