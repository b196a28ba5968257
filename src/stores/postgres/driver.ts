/**
 * Finds `@effect/sql-pg`, or says how to get it, and makes a client with it.
 * @since 0.1.0
 */
import type { ConnectionOptions } from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schema from "effect/Schema"
import { StoreError } from "../../ports/store.ts"
import { ISOLATION, type Sessions, settingsOf } from "./sessions.ts"

/**
 * Where the database is, and how it may be used. What is given beside `url` wins over what the URL says.
 * @since 0.1.0
 */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database?sslmode=require`. */
  readonly url?: string
  /** A name, an address, or the folder of a Unix socket; `localhost` unless given. */
  readonly host?: string
  /** 5432 unless given. */
  readonly port?: number
  readonly database?: string
  readonly username?: string
  readonly password?: string
  /** `true` for TLS with a certificate that is checked, or how to check it. */
  readonly ssl?: boolean | ConnectionOptions
  /** The schema for the tables, made if it is not there; the database's default unless given. */
  readonly schema?: string
  /** Connections of this process, at most; 10 unless given. */
  readonly maxConnections?: number
  /** How long connecting may take; 5 000 ms unless given. */
  readonly connectTimeoutMs?: number
  /** How long one call may take, waiting for a connection included; 15 000 ms unless given. */
  readonly timeoutMs?: number
}

const Text = Schema.optionalKey(Schema.String)
/**
 * The longest time-out, some 24 days. One of 0 is none for the server, and at once for a timer; a timer that is set for
 * longer comes at once too, and the server does not take it.
 * @since 0.1.0
 */
export const LONGEST_MS = 2 ** 31 - 1
const TimeoutMs = Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: LONGEST_MS })))
const tls = Schema.declare(
  (value): value is ConnectionOptions => typeof value === "object" && value !== null,
  { expected: "true, false, or what tls.connect of Node takes" },
)

/** What a URL looks like, with its quotes. @since 0.1.0 */
export const URL_EXAMPLE = '"postgres://user:password@host:5432/database"'
const isUrl = Schema.makeFilter((url: string) => /^postgres(ql)?:/.test(url) && URL.canParse(url), {
  expected: `a URL such as ${URL_EXAMPLE}, with what is special in its parts escaped`,
})

/** Schema of where the database is, and how it may be used. @since 0.1.0 */
export const PostgresOptionsSchema = Schema.Struct({
  url: Schema.optionalKey(Schema.String.check(isUrl)),
  host: Text,
  port: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))),
  database: Text,
  username: Text,
  password: Text,
  ssl: Schema.optionalKey(Schema.Union([Schema.Boolean, tls])),
  schema: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1))),
  maxConnections: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  connectTimeoutMs: TimeoutMs,
  timeoutMs: TimeoutMs,
}) satisfies Schema.Codec<PostgresOptions>

/** What holds unless said. @since 0.1.0 */
export const defaults = { timeoutMs: 15_000, connectTimeoutMs: 5_000, maxConnections: 10 } as const

/** For how long a connection may be silent before the network is asked whether it is still there. */
const KEEP_ALIVE_MS = 5_000

type Driver = typeof import("@effect/sql-pg")

const load = (): Promise<Driver> => import("@effect/sql-pg")

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND")

/** `@effect/sql-pg`, which a host installs only when it uses Postgres. @since 0.1.0 */
export const requireDriver = (from: () => Promise<Driver> = load): Effect.Effect<Driver, StoreError> =>
  Effect.tryPromise({
    try: from,
    catch: (cause) =>
      new StoreError({
        reason: "rejected",
        message: isMissing(cause)
          ? "followup/stores/postgres needs @effect/sql-pg. Run: npm install @effect/sql-pg@~4.0.5"
          : "@effect/sql-pg cannot be loaded",
        cause,
      }),
  })

// The driver reads a bigint column as a BigInt. Ours hold instants and counts, far below 2^53.
const numbersOf = ({ PgTypes }: Driver) => {
  const { int8 } = PgTypes.OID
  const registry = PgTypes.makeRegistry()
  registry.register<bigint | number>(int8, {
    encode: (value) => PgTypes.encode(BigInt(value), int8),
    decode: (bytes) => Result.map(PgTypes.decode(bytes, int8, 1), Number),
  })
  return registry
}

// What a shared session is held to is said by each transaction; what one prepares, the next one may not find.
const sessionOf = (sessions: Sessions, { schema, timeoutMs = defaults.timeoutMs }: PostgresOptions) =>
  sessions === "shared"
    ? { prepare: false }
    : {
        startupParameters: {
          default_transaction_isolation: ISOLATION,
          ...settingsOf({ schema, timeoutMs }),
        },
      }

/** A client with its own connections, that are closed with the current scope. @since 0.1.0 */
export const makeClient = Effect.fnUntraced(function* (options: PostgresOptions, sessions: Sessions = "own") {
  const { url, password } = options
  const driver = yield* requireDriver()
  return yield* driver.PgClient.make({
    url: url === undefined ? undefined : Redacted.make(url),
    host: options.host,
    port: options.port,
    database: options.database,
    username: options.username,
    password: password === undefined ? undefined : Redacted.make(password),
    ssl: options.ssl,
    applicationName: "followup",
    ...sessionOf(sessions, options),
    connectTimeout: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    keepAlive: KEEP_ALIVE_MS,
    maxConnections: options.maxConnections ?? defaults.maxConnections,
    types: numbersOf(driver),
  }).pipe(Effect.provide(Reactivity.layer))
})
