/**
 * A SQLite file with the history of one simulation in it, as the engine leaves it behind.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { entryOf } from "../../src/core/customer/turn.ts"
import { type Changes, Store } from "../../src/ports/store.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { decodeScenario } from "../../src/testing/simulator/scenario.ts"
import { type Simulation, simulate } from "../../src/testing/simulator/simulate.ts"

const scenario = {
  channel: { id: "acme", name: "Acme", country: "KR", plan: { kind: "free" } },
  policy: { autoText: { prefix: "", suffix: "" } },
  customers: [
    { id: "jieun", phone: "010-1234-5678", email: "jieun.7531@example.com" },
    { id: "minsu", phone: "010-1234-5679" },
  ],
  timeline: [
    {
      at: "0s",
      message: { chat: "c1", customer: "jieun", id: "m1", from: "customer", text: "재고 있나요?" },
    },
    {
      at: "1m",
      message: { chat: "c1", customer: "jieun", id: "m2", from: "manager", text: "네, 있습니다." },
    },
    { at: "2m", message: { chat: "c2", customer: "minsu", id: "m3", from: "manager", text: "안녕하세요." } },
  ],
  until: "10m",
}

const changesOf = ({ channel, events, ledger }: Simulation): Changes => ({
  customers: [],
  channels: [{ channelId: channel.id, record: { input: channel, ledger } }],
  events: events.map(({ customerId, event }) => ({ key: { channelId: channel.id, customerId }, event })),
  entries: events.flatMap(({ event }) => {
    const entry = entryOf(event)
    return entry === null
      ? []
      : [{ channelId: channel.id, entry: { ...entry, atMs: event.atMs, messages: 1 } }]
  }),
  notices: [],
  outbox: [],
  links: [],
  cancelled: [],
  answered: [],
})

/** Plays the scenario and keeps what happened in a new file; while `during` runs, the file is open for writing. */
export const writeDatabase = async (
  file: string,
  during: () => Promise<void> = async () => {},
  more: ReadonlyArray<object> = [],
) => {
  const decoded = decodeScenario({ ...scenario, timeline: [...scenario.timeline, ...more] })
  if (Result.isFailure(decoded)) throw new Error("the scenario is sound")
  const simulation = simulate(decoded.success)
  const written = Effect.gen(function* () {
    const store = yield* Store
    yield* store.transact([], () => ({ changes: changesOf(simulation), value: undefined }))
    yield* Effect.promise(during)
  })
  await Effect.runPromise(written.pipe(Effect.provide(sqlite(file))))
  return simulation
}
