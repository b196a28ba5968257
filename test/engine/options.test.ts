/** What followup is opened with: nonsense is refused before anything runs, and the place is named. */
import { afterEach, describe, expect, test } from "vitest"
import { FollowUps, type OpenFollowUps, type OpenOptions, type SendResult } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { consoleTransport } from "../../src/transports/console/index.ts"
import { openStory } from "./story.ts"

let opened: OpenFollowUps | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

// What comes from JavaScript, or from a file of settings, has not been seen by a compiler.
const open = async (given: unknown): Promise<void> => {
  opened = await FollowUps.open(given as OpenOptions)
}
const withStore = (options: Readonly<Record<string, unknown>>) => open({ store: memory(), ...options })

const xms = consoleTransport("xms")
const send = { timeoutMs: 1_000, graceMs: 0, maxAttempts: 1, backoffMs: 0 }

const refusals: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]> = [
  ["store", { store: "followup.sqlite" }],
  ["store", { store: memory }],
  ["clock.sleep", { clock: { now: () => 0 } }],
  ["observe", { observe: {} }],
  ["transport", { transport: [] }],
  ["transports", { transports: xms }],
  ["transports[0]", { transports: [null] }],
  ["transports[1].send", { transports: [xms, { ...xms, name: "two", send: undefined }] }],
  ["transports[0].via", { transports: [{ ...xms, via: "sms" }] }],
  ["transports[0].name", { transports: [{ ...xms, name: "" }] }],
  ["transports[0].receipts", { transports: [{ ...xms, receipts: "yes" }] }],
  ["transports[0].idempotency", { transports: [{ ...xms, idempotency: true }] }],
  ["transports[0].lookup", { transports: [{ ...xms, lookup: "later" }] }],
  ["directory.channel", { directory: { customer: async () => undefined } }],
  ["directory", { directory: "https://acme.example/customers" }],
  ["onNotice", { onNotice: "mail" }],
  ["links.tag", { links: { keys: [] } }],
  ["engine", { engine: null }],
  ["engine.pollms", { engine: { pollms: 1_000 } }],
  ["engine.maxBatch", { engine: { maxBatch: 0 } }],
  ["engine.maxBatch", { engine: { maxBatch: 1.5 } }],
  ["engine.maxBatch", { engine: { maxBatch: "9" } }],
  ["engine.maxWaiting", { engine: { maxWaiting: Number.NaN } }],
  ["engine.maxSends", { engine: { maxSends: -1 } }],
  ["engine.leaseMs", { engine: { leaseMs: Number.NaN } }],
  ["engine.pollMs", { engine: { pollMs: 0 } }],
  ["engine.pollMs", { engine: { pollMs: Number.POSITIVE_INFINITY } }],
  ["engine.directoryTimeoutMs", { engine: { directoryTimeoutMs: -1 } }],
  ["engine.closeTimeoutMs", { engine: { closeTimeoutMs: Number.NaN } }],
  ["engine.pruneEveryMs", { engine: { pruneEveryMs: 0 } }],
  ["engine.pruneBatch", { engine: { pruneBatch: 0 } }],
  ["engine.send.graceMs", { engine: { send: { graceMs: -1 } } }],
  ["engine.send.maxAttempts", { engine: { send: { ...send, maxAttempts: 0 } } }],
  ["engine.circuit.maxFaults", { engine: { circuit: { maxFaults: 0 } } }],
  ["engine.notices", { engine: { notices: 5 } }],
  ["policy", { policy: "x" }],
  ["policy.cascade.pushTimeoutMS", { policy: { cascade: { pushTimeoutMS: 20_000 } } }],
  ["clock.now", { clock: { now: () => Number.NaN, sleep: async () => {} } }],
  ["clock.now", { clock: { now: () => new Date(0), sleep: async () => {} } }],
]

describe("followup does not open", () => {
  test.each(refusals)("R20: with a bad %s", async (path, options) => {
    await expect(withStore(options)).rejects.toMatchObject({
      _tag: "FollowUpsError",
      reason: "bad-input",
      message: expect.stringContaining(`FollowUps.open: ${path}: expected `),
      issues: expect.arrayContaining([expect.objectContaining({ path })]),
    })
  })

  test.each([[undefined], [null], [{}]])("R20: with %o in place of options", async (given) => {
    await expect(open(given)).rejects.toMatchObject({ _tag: "FollowUpsError", reason: "bad-input" })
  })

  test("R20: and says all that is wrong at once", async () => {
    const engine = { maxBatch: 0, send: { ...send, timeoutMs: 0 } }
    await expect(withStore({ engine, onNotice: 5 })).rejects.toMatchObject({
      issues: [{ path: "onNotice" }, { path: "engine.maxBatch" }, { path: "engine.send.timeoutMs" }],
    })
  })
})

describe("followup opens", () => {
  test("R20: with options that are undefined, which keep their defaults", async () => {
    const nothing = { transports: undefined, directory: undefined, links: undefined, onNotice: undefined }
    await withStore({
      ...nothing,
      policy: undefined,
      clock: undefined,
      observe: undefined,
      engine: undefined,
    })
    await opened?.close()
    await withStore({ engine: { pollMs: undefined, leaseMs: undefined, send: undefined } })
  })

  test("R9: with a part of what paces it, of which the rest keeps its default", async () => {
    const failing: SendResult = { _tag: "Rejected", reason: "provider-error", retryAfterMs: 1 }
    const story = await openStory({
      customer: { pushTokens: [], email: undefined },
      vias: ["xms"],
      scripts: { xms: { then: failing } },
      engine: { send: { maxAttempts: 2 }, circuit: { maxFaults: 9 }, notices: { maxCalls: 1 } },
    })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(600_000)
    // The wait before the second attempt is the default's.
    expect(story.calls()).toEqual(["xms@1000#1", "xms@3000#2"])
    await story.world.close()
  })

  test("R20: with a transport and a directory that are objects of a class", async () => {
    class Acme {
      readonly name = "acme"
      readonly via = "xms"
      readonly receipts = "none"
      readonly idempotency = "none"
      readonly itsOwn = 5
      async send() {
        return { _tag: "Accepted" }
      }
    }
    class Customers {
      async channel() {
        return undefined
      }
      async customer() {
        return undefined
      }
    }
    await withStore({ transports: [new Acme()], directory: new Customers() })
  })

  test("R20: with every number at its smallest", async () => {
    await withStore({
      engine: {
        maxBatch: 1,
        maxWaiting: 1,
        maxSends: 1,
        leaseMs: 2,
        pollMs: 1,
        directoryTimeoutMs: 1,
        closeTimeoutMs: 0,
        pruneEveryMs: 1,
        pruneBatch: 1,
        send: { timeoutMs: 1, graceMs: 0, maxAttempts: 1, backoffMs: 0 },
        circuit: { maxFaults: 1, pauseMs: 1, maxPauseMs: 1 },
        notices: { timeoutMs: 1, backoffMs: 0, maxBackoffMs: 0, maxCalls: 1 },
      },
    })
  })
})
