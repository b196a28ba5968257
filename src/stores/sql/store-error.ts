/**
 * What a SQL database's errors are to those who use the store.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { MigrationError } from "effect/sql/Migrator"
import { isSqlError, type SqlErrorReason } from "effect/sql/SqlError"
import { StoreError } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"

const rejectedBy: ReadonlySet<SqlErrorReason["_tag"]> = new Set([
  "AuthenticationError",
  "AuthorizationError",
  "ConstraintError",
  "UniqueViolation",
  "SqlSyntaxError",
])

// SQLSTATE class 22: a value that the database cannot take, such as a text with a NUL in it.
const isDataException = ({ cause }: SqlErrorReason): boolean =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  typeof cause.code === "string" &&
  /^22[0-9A-Z]{3}$/.test(cause.code)

/** A store's error from whatever went wrong in it. Total. @since 0.1.0 */
export const storeError = (cause: unknown): StoreError => {
  if (cause instanceof StoreError) return cause
  if (cause instanceof MigrationError && isSqlError(cause.cause)) return storeError(cause.cause)
  // A parser repeats what it could not read: that is not for an error's reader.
  if (cause instanceof SyntaxError)
    return new StoreError({ reason: "corrupt", message: "what is stored cannot be read" })
  if (!isSqlError(cause))
    return new StoreError({ reason: "corrupt", message: "what is stored makes no sense", cause })
  const isRejected = rejectedBy.has(cause.reason._tag) || isDataException(cause.reason)
  return new StoreError({ reason: isRejected ? "rejected" : "unavailable", message: cause.message, cause })
}

/** A call of the store: bounded, and failing with a store's error, also where it would have died. @since 0.1.0 */
export const storeCall = <A>(
  { bounded }: Dialect,
  call: Effect.Effect<A, unknown>,
): Effect.Effect<A, StoreError> =>
  bounded(call).pipe(
    Effect.mapError(storeError),
    // Reading back what was stored fails only when something else changed it.
    Effect.catchDefect((defect) => Effect.fail(storeError(defect))),
  )
