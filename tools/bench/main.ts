/**
 * How fast the engine is, in finished follow-ups, waits and memory, beside job queues: `npm run bench:engine`.
 */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { letReadersLeave } from "../../src/cli/leaving-readers.ts"
import { startPostgres } from "../postgres/postgres-server.ts"
import { bench } from "./bench.ts"
import { type BenchOptions, help, parseOptions } from "./options.ts"
import type { Line } from "./plan.ts"
import { runInProcesses } from "./process.ts"
import { canRunOnRedis, startRedis } from "./redis-server.ts"
import { printReport } from "./report.ts"
import { sharesOf, together } from "./shares.ts"
import { type PeerName, peerNames } from "./task.ts"

/** For ours and the peers alike: everything as it is by default, fsync above all, with memory as a small server has. */
const settings = [
  "fsync=on",
  "synchronous_commit=on",
  "full_page_writes=on",
  "shared_buffers=256MB",
  "max_wal_size=4GB",
]

const canRun = (peer: PeerName): boolean => peer !== "bullmq" || canRunOnRedis()

const refuse = (message: string): void => {
  process.stderr.write(`${message}\n`)
  process.exitCode = 2
}

// Before anything is measured, which takes long.
const unwritable = (file: string): string | undefined => {
  try {
    writeFileSync(file, "")
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const main = async (options: BenchOptions, peers: ReadonlyArray<PeerName>): Promise<void> => {
  const isOnPostgres = options.stores.includes("postgres") || peers.some((peer) => peer !== "bullmq")
  const postgres = isOnPostgres ? await startPostgres(settings) : undefined
  const redis = peers.includes("bullmq") ? await startRedis() : undefined
  const profiles = options.profile ? mkdtempSync(join(tmpdir(), "followup-bench-profiles-")) : undefined
  const flagsFor = ({ section, subject, work }: Line, round: number): ReadonlyArray<string> => {
    const name = [section, subject, work, round].join("-").replaceAll(/[^a-z0-9-]+/g, "-")
    return profiles === undefined
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}-\${pid}.cpuprofile`]
  }
  try {
    const report = await bench(options, {
      peers,
      servers: { postgres: postgres?.options, redis: redis?.socket },
      run: async (line, round) =>
        together(await runInProcesses(sharesOf(line.task, line.processes ?? 1), flagsFor(line, round))),
      progress: (text) => process.stderr.write(`${text}\n`),
    })
    process.stdout.write(`\n${printReport(report)}`)
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
    if (profiles !== undefined) process.stdout.write(`CPU profiles: ${profiles}\n`)
  } finally {
    await redis?.close()
    await postgres?.close()
  }
}

const parsed = parseOptions(process.argv.slice(2))
letReadersLeave()
if (parsed._tag === "Help") process.stdout.write(help)
else if (parsed._tag === "Wrong") refuse(`${parsed.message}\nTry: npm run bench:engine -- --help`)
else {
  const { options } = parsed
  const peers = options.peers ?? peerNames.filter(canRun)
  const missing = peers.find((peer) => !canRun(peer))
  const unwritten = options.json === undefined ? undefined : unwritable(options.json)
  if (missing !== undefined)
    refuse(`--peers: ${missing} needs redis-server on the PATH and the npm package ioredis`)
  else if (unwritten !== undefined) refuse(`--json: expected a file that can be written: ${unwritten}`)
  else {
    if (!canRun("bullmq") && options.peers === undefined)
      process.stderr.write(
        "bullmq is left out: it needs redis-server on the PATH and the npm package ioredis\n",
      )
    await main(options, peers)
  }
}
