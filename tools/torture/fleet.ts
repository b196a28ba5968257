/**
 * The engine processes: started, killed at instants that were drawn by lot, and started again.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { EngineSetting } from "./engine-process.ts"
import type { Kill } from "./kill.ts"
import { type Service, startService } from "./service.ts"

/** A fleet under way. */
export interface Fleet {
  /** Where the processes that live now listen, by name. */
  readonly engines: () => ReadonlyArray<{ readonly name: string; readonly url: string }>
  readonly killed: () => number
  /** Processes that ended although nobody killed them. */
  readonly accidents: ReadonlyArray<string>
  /** Resolves once all kills are done and every process lives again. */
  readonly survived: Promise<unknown>
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

/** Waits for the moment at which a life ends. */
const moment = async (
  { while: during, afterMs }: Kill,
  name: string,
  { child }: Service,
  { frozenMs, holdingFor }: FleetOptions,
): Promise<void> => {
  await sleep(afterMs)
  if (during === "frozen") {
    child.kill("SIGSTOP")
    await sleep(frozenMs)
    child.kill("SIGCONT")
    await sleep(afterMs)
  }
  if (during !== "a message is out") return
  for (let polls = 0; polls < HOLDING_POLLS && !(await holdingFor()).includes(name); polls++)
    await sleep(HOLDING_POLL_MS)
}

/** Starts a fleet. */
export const startFleet = (options: FleetOptions): Fleet => {
  const { processes, kills, setting, changed } = options
  const living = new Map<string, string>()
  const services = new Set<Service>()
  const accidents: Array<string> = []
  let taken = 0
  let killed = 0
  let isOver = false

  const bury = async (name: string, service: Service): Promise<void> => {
    const why = await service.ended
    services.delete(service)
    living.delete(name)
    changed()
    if (!isOver && !why.startsWith("SIGKILL"))
      accidents.push(`engine process ${name} ended by itself: ${why}`)
  }

  /** Whether it came to live. */
  const runs = async (name: string, service: Service): Promise<boolean> => {
    const url = await Promise.race([service.url, service.ended.then(() => undefined)])
    if (url === undefined) return false
    living.set(name, url)
    changed()
    return true
  }

  const live = async (process: number): Promise<void> => {
    for (let life = 1; ; life++) {
      const name = `process-${process}.${life}`
      const service = startService("./engine-process.ts", { ...setting, name })
      services.add(service)
      void bury(name, service)
      const kill = kills[taken++]
      const running = runs(name, service)
      if (kill?.while !== "starting" && !(await running)) await sleep(RESTART_MS)
      if (kill === undefined && living.has(name)) return
      if (accidents.length > MOST_ACCIDENTS) throw new Error(`engines do not start: ${accidents.at(-1)}`)
      if (kill === undefined) continue
      await moment(kill, name, service, options)
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
    survived: Promise.all(Array.from({ length: processes }, (_, index) => live(index + 1))),
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
