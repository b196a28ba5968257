/**
 * What a SQL database's errors are to those who use the store.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { MigrationError } from "effect/sql/Migrator"
import { isSqlError, type SqlError, type SqlErrorReason } from "effect/sql/SqlError"
import { decodeInput } from "../../core/decode.ts"
import { issueLines } from "../../ports/error.ts"
import { StoreError } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"

const rejectedBy: ReadonlySet<SqlErrorReason["_tag"]> = new Set([
  "AuthenticationError",
  "AuthorizationError",
  "ConstraintError",
  "UniqueViolation",
  "SqlSyntaxError",
])

// SQLSTATE classes 22 and 54: a value that the database cannot take, such as a text with a NUL in it, or one that is
// too long for an index; 3F000: no schema to be in. It is no better the next time, and must not keep others waiting as an
// outage does.
const isRefusedValue = ({ cause }: SqlErrorReason): boolean =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  typeof cause.code === "string" &&
  /^((22|54)[0-9A-Z]{3}|3F000)$/.test(cause.code)

// Errors of connecting tell of hosts and users of the database. All others may repeat what a statement was given or what
// is stored, contacts and words included: of them only the kind is told, and the database's code.
const connecting: ReadonlySet<SqlErrorReason["_tag"]> = new Set([
  "ConnectionError",
  "AuthenticationError",
  "AuthorizationError",
])

const kindOf = (reason: SqlErrorReason) => ({ kind: reason._tag, codes: codesIn(reason.cause) })

const unknownIssuer = "it is not known here who signed the server's certificate; give theirs as ssl: { ca }"

// What keeps a client from the database, or from using it, by SQLSTATE or by the system's code, and what to do about it.
// The server's own words name users and hosts.
const troubles: Readonly<Record<string, string>> = {
  "08P01":
    "the server, or a pooler before it, takes no such connections; see whether it asks for TLS, and its log",
  "25006": "the database only reads; see that it is no replica, and its default_transaction_read_only",
  "3D000": "there is no such database; create it, or see its name",
  "28000":
    "the server does not let this user in; see the user's name, who may connect to the server from here, and whether it asks for TLS",
  "28P01": "the password is not that of this user; see both",
  "3F000": "there is no schema that this user may use; see schema, and grant usage on it",
  "42501": "this user may not do that; see their rights to the schema and its tables",
  "53100": "the server's disk is full",
  "53300": "the server has no connections left; use fewer, or let it have more",
  "57P03": "the server is starting or stopping; try again in a moment",
  ECONNREFUSED: "nothing listens there; see host and port, and whether the server runs",
  ECONNRESET: "the connection was broken; see whether the server takes connections from here",
  ENOTFOUND: "the host's name is not known; see host or url",
  EAI_AGAIN: "the host's name cannot be looked up just now; see host or url, and the network",
  ETIMEDOUT: "nothing answers there; see host and port, and what is in between",
  ENOENT: "there is no socket in that folder; see host, and whether the server runs",
  EACCES: "there is no permission to use that socket",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name; see host",
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
}

// What the system says of a connection that breaks in the middle is no help: only the server's own codes, which begin with
// a digit, are told beyond connecting.
const toldOf = ({ message, reason: { operation, cause } }: SqlError): string => {
  const [code] = codesIn(cause)
  if (code === undefined) return message
  const trouble = troubles[code]
  if (operation !== "connect" && (trouble === undefined || !/^\d/.test(String(code)))) return message
  return trouble === undefined ? `${message} (${code})` : `${message} (${code}): ${trouble}`
}

/** The codes by which a database or the system names what went wrong. Total. @since 0.1.0 */
export const codesIn = (cause: unknown): ReadonlyArray<string | number> =>
  typeof cause !== "object" || cause === null
    ? []
    : ["code", "errcode"].flatMap((name) => {
        const code: unknown = Reflect.get(cause, name)
        return typeof code === "string" || typeof code === "number" ? [code] : []
      })

/** A store's error from whatever went wrong in it, without what a statement was given. Total. @since 0.1.0 */
export const storeError = (cause: unknown): StoreError => {
  if (cause instanceof StoreError) return cause
  if (cause instanceof MigrationError && isSqlError(cause.cause)) return storeError(cause.cause)
  // A parser repeats what it could not read: that is not for an error's reader.
  if (cause instanceof SyntaxError)
    return new StoreError({ reason: "corrupt", message: "what is stored cannot be read" })
  if (!isSqlError(cause))
    return new StoreError({ reason: "corrupt", message: "what is stored makes no sense" })
  const { reason } = cause
  const isRejected = rejectedBy.has(reason._tag) || isRefusedValue(reason)
  return new StoreError({
    reason: isRejected ? "rejected" : "unavailable",
    message: toldOf(cause),
    cause: connecting.has(reason._tag) ? cause : kindOf(reason),
  })
}

/**
 * What a host says of its database, understood; or why it makes no sense, without what was given. `expected` is said
 * where nothing of it can be understood: of an environment's variable that is not set, for instance.
 * @since 0.1.0
 */
export const readDatabaseOptions = <A, I>(
  store: string,
  schema: Schema.Codec<A, I>,
  expected: string,
  given: unknown,
): Effect.Effect<A, StoreError> => {
  const decoded = decodeInput(schema, given)
  if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
  const issues = decoded.failure.issues.map((issue) => (issue.path === "" ? { path: "", expected } : issue))
  return Effect.fail(new StoreError({ reason: "rejected", message: issueLines(store, issues) }))
}

/**
 * Without the SQL client's own spans: there is one for each statement, which may be one for each row, and its end tells
 * the database's error as it came.
 * @since 0.1.0
 */
export const withoutSpans = Effect.withTracerEnabled(false)

/** A call of the store: bounded, and failing with a store's error, also where it would have died. @since 0.1.0 */
export const storeCall = <A>(
  { bounded }: Dialect,
  call: Effect.Effect<A, unknown>,
): Effect.Effect<A, StoreError> =>
  bounded(call).pipe(
    Effect.mapError(storeError),
    // Reading back what was stored fails only when something else changed it.
    Effect.catchDefect((defect) => Effect.fail(storeError(defect))),
    withoutSpans,
  )
