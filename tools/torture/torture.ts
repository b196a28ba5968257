/**
 * One run: engine processes on one database are killed again and again while customers, managers and the provider go
 * on; then everything is let to end, and audited.
 */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { makePolicy } from "../../src/core/policy.ts"
import type { StoredEvent } from "../../src/engine/index.ts"
import { audit } from "./audit.ts"
import { modesOf } from "./behavior.ts"
import { type Database, look, openDatabase } from "./database.ts"
import type { Evidence } from "./evidence.ts"
import { type Fleet, startFleet } from "./fleet.ts"
import { type Host, makeHost } from "./host.ts"
import { killsOf } from "./kill.ts"
import { postJson } from "./post-json.ts"
import { readProviderLog } from "./provider-log.ts"
import { type Report, reportOf } from "./report.ts"
import { startService } from "./service.ts"
import { channels, enginePolicy, policyOf } from "./setting.ts"

/** What is tortured, and how long. The same seed gives the same customers, provider and instants to kill at. */
export interface TortureOptions {
  readonly store: "sqlite" | "postgres"
  readonly processes: number
  readonly kills: number
  readonly seed: number
}

/** How far a run is. */
export interface Progress {
  readonly killed: number
  readonly customers: number
  readonly open: number
  readonly closed: number
}

const CUSTOMERS_AT_A_TIME = 16
const FEWEST_CUSTOMERS = 16
const BEYOND_LEASE_MS = 500
const PROGRESS_MS = 1_000
const DRAIN_MS = 60_000
const DRAIN_POLL_MS = 200
const PROVIDER_TIMEOUT_MS = 10_000

interface ProviderState {
  readonly pendingReceipts: number
  readonly notices: number
  readonly holdingFor: ReadonlyArray<string>
}

/** The provider's process, and what can be asked of it. */
const startProvider = async (options: TortureOptions, logFile: string) => {
  const modes = modesOf(options.seed)
  const service = startService("./provider-process.ts", { seed: options.seed, logFile, modes })
  const url = await Promise.race([
    service.url,
    service.ended.then((why) => Promise.reject(new Error(`the provider ended: ${why}`))),
  ])
  let telling: Promise<unknown> = Promise.resolve()
  const ask = (path: string, body: unknown) =>
    postJson<ProviderState>(`${url}${path}`, body, AbortSignal.timeout(PROVIDER_TIMEOUT_MS))
  return {
    url,
    modes,
    // One after the other, each with who lives by then: an older list never replaces a newer one.
    tell: (engines: Fleet["engines"]) => {
      telling = telling.then(() => ask("/engines", engines()).catch(() => {}))
    },
    state: () => ask("/state", {}).then(({ body }) => body),
    holdingFor: () =>
      ask("/state", {}).then(
        ({ body }) => body.holdingFor,
        () => [],
      ),
    end: () => service.child.kill("SIGKILL"),
  }
}

// What SQLite has to recover can only be looked at once a process has done so.
const watch = (database: Database, tell: (count: { open: number; closed: number }) => void) => {
  let seq = 0
  let started = 0
  let closed = 0
  const count = ({ event }: StoredEvent) => {
    if (event._tag === "FollowUpStarted") started += 1
    if (event._tag === "FollowUpClosed") closed += 1
  }
  const once = () =>
    look(database.setting, async (view) => {
      const events = await view.eventsAfter(seq)
      events.forEach(count)
      seq = events.at(-1)?.seq ?? seq
    }).catch(() => {})
  const timer = setInterval(
    () => void once().then(() => tell({ open: started - closed, closed })),
    PROGRESS_MS,
  )
  return () => clearInterval(timer)
}

/** Waits until nothing is to be done any more; says what was still open where that took too long. */
const drain = async (
  database: Database,
  state: () => Promise<ProviderState>,
): Promise<ReadonlyArray<string>> => {
  const untilMs = Date.now() + DRAIN_MS
  for (;;) {
    const { pendingReceipts, notices } = await state()
    const [next, kept] = await look(database.setting, async (view) => [
      await view.ask((store) => store.nextInstant(-1)),
      await Promise.all(channels.map(({ id }) => view.ask((store) => store.notices(id)))),
    ])
    if (pendingReceipts === 0 && next === null && notices >= kept.flat().length) return []
    if (Date.now() >= untilMs)
      return [
        `not everything ended within ${DRAIN_MS} ms: ${pendingReceipts} receipts were not acknowledged, ${notices} of ${kept.flat().length} notices told, and the next instant is ${next}`,
      ]
    await sleep(DRAIN_POLL_MS)
  }
}

const gather = (
  { kills }: TortureOptions,
  database: Database,
  host: Host,
  provider: Pick<Evidence, "provider" | "told" | "honoursKeys">,
  accidents: ReadonlyArray<string>,
): Promise<Evidence> =>
  look(database.setting, async (view) => ({
    ...provider,
    policy: makePolicy(policyOf(kills)),
    events: await view.eventsAfter(0),
    channels: await Promise.all(channels.map(view.channel)),
    outbox: await view.outbox(),
    acknowledged: host.acknowledged,
    accidents: [...accidents, ...host.refused.map((what) => `refused: ${what}`)],
  }))

/** Does one run. */
export const torture = async (
  options: TortureOptions,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Report> => {
  const { store, processes, kills, seed } = options
  const startedMs = Date.now()
  const database = await openDatabase(store)
  const logFile = join(database.folder, "provider.jsonl")
  const provider = await startProvider(options, logFile)
  const fleet = startFleet({
    processes,
    kills: killsOf(seed, kills, processes),
    frozenMs: enginePolicy.leaseMs + BEYOND_LEASE_MS,
    setting: {
      provider: provider.url,
      store: database.setting,
      policy: policyOf(kills),
      modes: provider.modes,
    },
    changed: () => provider.tell(fleet.engines),
    holdingFor: provider.holdingFor,
  })
  const host = makeHost(() => fleet.engines().map(({ url }) => url))
  try {
    let customers = 0
    const stop = watch(database, (count) => onProgress({ killed: fleet.killed(), customers, ...count }))
    const more = (index: number) => (customers = index) < FEWEST_CUSTOMERS || fleet.killed() < kills
    const play = async () => {
      for (const channel of channels) await host.tell("channel", channel)
      await host.play(seed, CUSTOMERS_AT_A_TIME, more)
    }
    await Promise.all([fleet.survived, play()])
    const overdue = await drain(database, provider.state)
    stop()
    await fleet.close()
    const { push, sns, xms, email } = provider.modes
    const keyed = ({ idempotency }: { idempotency: string }) => idempotency === "key"
    const evidence = await gather(
      options,
      database,
      host,
      {
        ...readProviderLog(logFile),
        honoursKeys: { push: keyed(push), sns: keyed(sns), xms: keyed(xms), email: keyed(email) },
      },
      [...fleet.accidents, ...overdue],
    )
    const seconds = (Date.now() - startedMs) / 1_000
    return reportOf({ ...options, modes: provider.modes, customers, seconds }, evidence, audit(evidence))
  } finally {
    fleet.end()
    provider.end()
    await database.close()
  }
}
