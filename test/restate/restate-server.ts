/**
 * A real Restate server for tests: loopback ports, its files in a temporary folder, telemetry off. It goes away with
 * the process that started it, also when that is killed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** Where the binary of this platform is, from the package that was installed for it. */
const binary = (): string | undefined => {
  const require = createRequire(
    createRequire(import.meta.url).resolve("@restatedev/restate-server/package.json"),
  )
  try {
    return require.resolve(
      `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
    )
  } catch {
    return undefined
  }
}

/** Why there is no server on this platform; undefined where there is one. */
export const noServerBecause: string | undefined =
  binary() === undefined ? `Restate has no server for ${process.platform} on ${process.arch}` : undefined

// What is set for a server of the developer's own is not for this one.
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("RESTATE_")),
)

const environment = {
  RESTATE_DISABLE_TELEMETRY: "true",
  DO_NOT_TRACK: "1",
  RESTATE_ADMIN__DISABLE_WEB_UI: "true",
  RESTATE_LOG_FORMAT: "json",
  RESTATE_LISTEN_MODE: "tcp",
  RESTATE_BIND_IP: "127.0.0.1",
  RESTATE_NODE_NAME: "test",
  RESTATE_DEFAULT_NUM_PARTITIONS: "4",
  RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "128 MiB",
}

// The end of standard input is the end of the process that holds the other side of it. A server that ends by itself
// ends the shell at once, so that nobody waits for it.
const untilInputEnds = `exec 3<&0
"$@" <&- 3<&- & server=$!
trap '' INT TERM
{ line=; read -r line <&3; kill -KILL $server
  while kill -0 $server; do sleep 0.01; done
  [ "$line" = keep ] || { cd /; rm -rf "$FOLDER"; } } >/dev/null 2>&1 & reader=$!
wait $server
[ $? -ne 137 ] || wait $reader`

const portNames: Readonly<Record<string, string>> = {
  "message-fabric-server": "RESTATE_BIND_PORT",
  "http-ingress-server": "RESTATE_INGRESS__BIND_PORT",
  "admin-api-server": "RESTATE_ADMIN__BIND_PORT",
}

/** How long a machine that is busy may take to start one; for the hooks of tests. */
export const STARTS_WITHIN_MS = 60_000

/** A server that runs, and the ways to end it. */
export interface RestateServer {
  /** Where calls go in. */
  readonly ingress: string
  /** Tells it where services are; those that it knew there before are replaced. */
  readonly register: (url: string) => Promise<void>
  /** Ends it with SIGKILL. Its files stay. */
  readonly kill: () => Promise<void>
  /** Starts it again on its files, at its ports. */
  readonly start: () => Promise<void>
  /** Ends it and removes its files. */
  readonly close: () => Promise<void>
}

interface Line {
  readonly fields?: { readonly message?: string }
  readonly span?: { readonly server_name?: string; readonly "server.port"?: number }
}

const parsed = (line: string): Line => {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

// Ready once it listens at all three ports and each partition has a leader.
const ready = async (server: ChildProcess, leaders: number): Promise<Record<string, string>> => {
  const ports: Record<string, string> = {}
  let left = leaders
  let log = ""
  if (server.stdout === null) throw new Error("the server's output is piped")
  for await (const line of createInterface({ input: server.stdout })) {
    log = (log + line).slice(-10_000)
    const { fields, span } = parsed(line)
    const name = portNames[span?.server_name ?? ""]
    if (name !== undefined) ports[name] = String(span?.["server.port"])
    if (fields?.message?.includes("became Leader")) left--
    if (left <= 0 && Object.keys(ports).length === Object.keys(portNames).length) {
      server.stdout.resume()
      return ports
    }
  }
  throw new Error(`Restate did not start: ${log}`)
}

/** Starts a new, empty server. */
export const startRestate = async (): Promise<RestateServer> => {
  const path = binary()
  if (path === undefined) throw new Error(noServerBecause)
  const folder = mkdtempSync(join(tmpdir(), "followup-restate-"))
  let ports: Record<string, string> = { RESTATE_USE_RANDOM_PORTS: "true" }
  const run = () =>
    spawn("sh", ["-c", untilInputEnds, "sh", path, "--no-logo", "--base-dir", folder], {
      cwd: folder,
      env: { ...inherited, ...environment, ...ports, FOLDER: folder },
      stdio: ["pipe", "pipe", "ignore"],
    })
  const leaders = Number(environment.RESTATE_DEFAULT_NUM_PARTITIONS)
  let server = run()
  ports = await ready(server, leaders)
  const url = (name: string) => `http://127.0.0.1:${ports[name]}`
  return {
    ingress: url("RESTATE_INGRESS__BIND_PORT"),
    register: async (uri) => {
      const response = await fetch(`${url("RESTATE_ADMIN__BIND_PORT")}/deployments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ uri, force: true }),
      })
      if (!response.ok) throw new Error(`not registered: ${response.status} ${await response.text()}`)
    },
    kill: async () => {
      const exit = once(server, "exit")
      server.stdin?.end("keep\n")
      await exit
    },
    start: async () => {
      server = run()
      await ready(server, leaders)
    },
    close: async () => {
      const exit = once(server, "exit")
      server.stdin?.end()
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
