/**
 * A Redis server of the benchmark's own: its files in a temporary folder, reached by a Unix socket in there. It goes
 * away with the process that started it, also when that is killed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleepMs } from "node:timers/promises"

const PROGRAM = "redis-server"
const START_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

/**
 * What was acknowledged is on disk, as with the others. BullMQ's own advice is `everysec`, which may lose the last
 * second: https://docs.bullmq.io/guide/going-to-production, https://redis.io/docs/latest/operate/oss_and_stack/management/persistence
 */
const settings = ["--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction", "--port 0"]

// The end of standard input is the end of the process that holds the other side of it.
const untilInputEnds = `"$@" <&- & server=$!
trap '' INT TERM
read -r line; kill -KILL $server; wait $server; cd /; rm -rf "$FOLDER"`

const hasProgram = (): boolean => spawnSync(PROGRAM, ["--version"]).status === 0

// BullMQ leaves its users to install one.
const hasClient = (): boolean => {
  try {
    createRequire(createRequire(import.meta.url).resolve("bullmq")).resolve("ioredis")
    return true
  } catch {
    return false
  }
}

/** Whether BullMQ can be measured on Redis here: the server is on the PATH, and a client is installed. */
export const canRunOnRedis = (): boolean => hasProgram() && hasClient()

/** A server that runs. */
export interface RedisServer {
  /** The path of its socket. */
  readonly socket: string
  readonly close: () => Promise<void>
}

const ended = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => (server.exitCode === null ? server.on("exit", () => resolve()) : resolve()))

/** Starts a new, empty server. */
export const startRedis = async (): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), "followup-redis-"))
  const socket = join(folder, "redis.sock")
  const flags = [...settings, `--dir ${folder}`, `--unixsocket ${socket}`].flatMap((setting) =>
    setting.split(" "),
  )
  const server = spawn("sh", ["-c", untilInputEnds, "sh", PROGRAM, ...flags], {
    cwd: folder,
    env: { ...process.env, FOLDER: folder },
    stdio: ["pipe", "ignore", "ignore"],
  })
  const close = async () => {
    server.stdin?.end()
    await ended(server)
    rmSync(folder, { recursive: true, force: true })
  }
  for (let waitedMs = 0; !existsSync(socket); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= START_WITHIN_MS) {
      await close()
      throw new Error(`${PROGRAM} did not start within ${START_WITHIN_MS / 1_000} s`)
    }
    await sleepMs(LOOK_EVERY_MS)
  }
  return { socket, close }
}
