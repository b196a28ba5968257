/**
 * The engine processes: started, killed at instants that were drawn by lot, and started again.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { EngineSetting } from "./engine-process.ts"
import { lot, lotBetween, lotOf } from "./lot.ts"

/** A process that says on its first line where it listens. */
export interface Service {
  readonly child: ChildProcess
  readonly url: Promise<string>
  /** Resolves when it has ended: why, in words, with the last that it said. */
  readonly ended: Promise<string>
}

const LAST_WORDS = 2_000

/** Starts a program of this folder with a setting. */
export const startService = (program: string, setting: unknown): Service => {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, ["--no-warnings", file, JSON.stringify(setting)], {
    stdio: ["pipe", "pipe", "pipe"],
  })
  let words = ""
  child.stderr.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-LAST_WORDS)
  })
  const lines = createInterface({ input: child.stdout })
  const url = new Promise<string>((resolve) => lines.once("line", resolve))
  const ended = once(child, "close").then(([code, signal]) =>
    `${signal ?? `exit code ${code}`} ${words}`.trim(),
  )
  return { child, url, ended }
}

/**
 * One death. `while`: in which part of its life the victim dies. A `frozen` one is stopped for longer than its leases
 * last, as a machine that is suspended, and dies soon after it goes on.
 */
export interface Kill {
  readonly while: "starting" | "running" | "a message is out" | "frozen"
  readonly afterMs: number
  /** How long it stays dead. */
  readonly pauseMs: number
}

/** The deaths of a run, in the order in which lives take them. */
export const killsOf = (seed: number, count: number, processes: number): ReadonlyArray<Kill> =>
  Array.from({ length: count }, (_, index) => {
    const during = lotOf<Kill["while"]>(
      [
        [3, "starting"],
        [10, "running"],
        [10, "a message is out"],
        [2, "frozen"],
      ],
      seed,
      "kill",
      index,
    )
    const isPaused = lot(seed, "kill", index, "pause") < 0.3
    return {
      while: during,
      afterMs: lotBetween(
        20,
        during === "starting" ? 500 : 700 + 500 * processes,
        seed,
        "kill",
        index,
        "after",
      ),
      pauseMs: isPaused ? lotBetween(100, 1_500, seed, "kill", index, "paused") : 0,
    }
  })

/** A fleet under way. */
export interface Fleet {
  /** Where the processes that live now listen, by name. */
  readonly engines: () => ReadonlyArray<{ readonly name: string; readonly url: string }>
  readonly killed: () => number
  /** Processes that ended although nobody killed them. */
  readonly accidents: ReadonlyArray<string>
  /** Resolves once all kills are done and every process lives again. */
  readonly survived: Promise<void>
  /** Closes every process as a host would, and resolves once they have ended. */
  readonly close: () => Promise<void>
  /** Ends every process at once. */
  readonly end: () => void
}

/** What a fleet is started with. */
export interface FleetOptions {
  readonly processes: number
  readonly kills: ReadonlyArray<Kill>
  /** How long a frozen process stands still. */
  readonly frozenMs: number
  readonly setting: Omit<EngineSetting, "name">
  /** Told whenever a process came or went. */
  readonly changed: () => void
  /** The names of lives of whose messages the provider holds the answer. */
  readonly holdingFor: () => Promise<ReadonlyArray<string>>
}

const MOST_ACCIDENTS = 20
const RESTART_MS = 200
const HOLDING_POLL_MS = 20
const HOLDING_POLLS = 50

/** Starts a fleet. */
export const startFleet = (options: FleetOptions): Fleet => {
  const { processes, kills, frozenMs, setting, changed, holdingFor } = options
  const living = new Map<string, string>()
  const services = new Set<Service>()
  const accidents: Array<string> = []
  let taken = 0
  let killed = 0
  let isOver = false

  const start = (name: string): Service => {
    const service = startService("./engine-process.ts", { ...setting, name })
    services.add(service)
    void service.ended.then((why) => {
      services.delete(service)
      living.delete(name)
      changed()
      if (!isOver && !why.startsWith("SIGKILL"))
        accidents.push(`engine process ${name} ended by itself: ${why}`)
    })
    return service
  }

  /** Whether it came to live. */
  const runs = async (name: string, service: Service): Promise<boolean> => {
    const url = await Promise.race([service.url, service.ended.then(() => undefined)])
    if (url === undefined) return false
    living.set(name, url)
    changed()
    return true
  }

  const until = async (kill: Kill, name: string, { child }: Service): Promise<void> => {
    await sleep(kill.afterMs)
    if (kill.while === "frozen") {
      child.kill("SIGSTOP")
      await sleep(frozenMs)
      child.kill("SIGCONT")
      await sleep(kill.afterMs)
    }
    if (kill.while !== "a message is out") return
    for (let polls = 0; polls < HOLDING_POLLS && !(await holdingFor()).includes(name); polls++)
      await sleep(HOLDING_POLL_MS)
  }

  const live = async (process: number): Promise<void> => {
    for (let life = 1; ; life++) {
      const name = `process-${process}.${life}`
      const service = start(name)
      const kill = kills[taken++]
      const running = runs(name, service)
      if (kill?.while !== "starting" && !(await running)) await sleep(RESTART_MS)
      if (kill === undefined && living.has(name)) return
      if (accidents.length > MOST_ACCIDENTS) throw new Error(`engines do not start: ${accidents.at(-1)}`)
      if (kill === undefined) continue
      await until(kill, name, service)
      service.child.kill("SIGKILL")
      await service.ended
      killed += 1
      await sleep(kill.pauseMs)
    }
  }

  return {
    engines: () => [...living].map(([name, url]) => ({ name, url })),
    killed: () => killed,
    accidents,
    survived: Promise.all(Array.from({ length: processes }, (_, index) => live(index + 1))).then(() => {}),
    close: async () => {
      isOver = true
      const open = [...services]
      for (const { child } of open) child.stdin?.end()
      for (const why of await Promise.all(open.map(({ ended }) => ended)))
        if (why !== "exit code 0") accidents.push(`an engine process did not close: ${why}`)
    },
    end: () => {
      isOver = true
      for (const { child } of services) child.kill("SIGKILL")
    },
  }
}
