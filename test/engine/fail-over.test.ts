/** Two providers never both have a message: after a crash, over a store that fails, and whatever they answer. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { rejectReasons } from "../../src/core/send-result.ts"
import type { SendResult } from "../../src/engine/index.ts"
import { refusalMeanings } from "../../src/ports/refusal.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { accepted, drivers, type Provider, type Sent, START_MS, uncertain, World } from "./engine-world.ts"
import { callsOf, customers, refused, texts, textTo, xms } from "./gateways.ts"
import { openStory, storyIn } from "./story.ts"

const HOUR_MS = 3_600_000
const folder = mkdtempSync(join(tmpdir(), "followup-fail-over-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

const key = { idempotency: "key" } as const
const policy = { autoText: { prefix: "", suffix: "" } }

/** An engine that is killed while `before` has its message, and one that starts with `after` a minute later. */
const killed = async (
  before: ReadonlyArray<Provider>,
  after: ReadonlyArray<Provider>,
  more: { readonly meanwhile?: string; readonly maxSends?: number } = {},
) => {
  const file = join(folder, `${++files}.sqlite`)
  const engine = more.maxSends === undefined ? {} : { maxSends: more.maxSends }
  const story = await openStory({ ...texts, providers: before, engine, store: sqlite(file) })
  await story.asks(0)
  await story.replies(1_000)
  if (more.meanwhile !== undefined) {
    const database = new DatabaseSync(file)
    database.exec(more.meanwhile)
    database.close()
  }
  // It is never closed: its clock stands still, and nobody hears from it again.
  const again = async () => {
    const world = await World.open({
      policy,
      providers: after,
      store: sqlite(file),
      startMs: START_MS + 5_000,
    })
    await world.at(HOUR_MS - 1)
    return storyIn(world)
  }
  return { story, again }
}

describe("an engine that was killed while a provider had a message", () => {
  test("R9: it goes back to that provider, and not to the preferred one", async () => {
    const before = [xms("one", refused("auth")), xms("two", "hangs")]
    const { story, again } = await killed(before, [xms("one", accepted, key), xms("two", accepted, key)])
    expect(callsOf(story)).toEqual(["one@1000", "two@1000"])
    const after = await again()
    expect(callsOf(after)).toEqual(["two@26000"])
    expect(after.world.sent[0]?.context.attempt).toBe(3)
  })

  test("R9: that provider is asked, where it can be, before another one gets it", async () => {
    const before = [xms("one", "hangs"), xms("two", accepted)]
    const lookup = () => refused("provider-error")
    const { again } = await killed(before, [xms("two", accepted), xms("one", accepted, { lookup })])
    expect(callsOf(await again())).toEqual(["one?@26000", "two@26000"])
  })

  test("R9: without that provider nobody knows, and no other one gets it", async () => {
    const { again } = await killed([xms("one", "hangs")], [xms("two", accepted, key)])
    const after = await again()
    expect(callsOf(after)).toEqual([])
    expect(await after.outcomes()).toEqual(["xms pending"])
    const log = await after.world.call((engine) => engine.log({ channelId: "acme" }))
    expect(log.find(({ _tag }) => _tag === "Delivery")).toMatchObject({ provider: "one" })
    await after.world.at(26 * HOUR_MS)
    expect(await after.outcomes()).toEqual([`xms uncertain@${26_000 + 24 * HOUR_MS}`])
  })

  test("R9: nor when that provider says now that it never takes such a message", async () => {
    const after = [xms("one", accepted, { ...key, handles: () => false }), xms("two", accepted, key)]
    const { again } = await killed([xms("one", "hangs")], after)
    const later = await again()
    expect(callsOf(later)).toEqual([])
    expect(await later.outcomes()).toEqual(["xms pending"])
  })

  test("R9: what was not sent yet goes to the providers that there are", async () => {
    const before = [xms("one", refused("rate-limited", 30_000))]
    const { again } = await killed(before, [xms("two", accepted), xms("three", accepted)])
    expect(callsOf(await again())).toEqual(["two@31000"])
  })

  test("R9: a message from before providers were named stays with the only one there is", async () => {
    const unnamed = "update followup_outbox set providers = '[]'"
    const only = await killed([xms("one", "hangs")], [xms("one", accepted, key)], { meanwhile: unnamed })
    expect(callsOf(await only.again())).toEqual(["one@26000"])
    const two = [xms("one", accepted, key), xms("two", accepted, key)]
    const several = await killed([xms("one", "hangs")], two, { meanwhile: unnamed })
    expect(callsOf(await several.again())).toEqual([])
  })

  test("R9: who gets it was written down before it went, also where that is not whom it was meant for", async () => {
    const file = join(folder, `${++files}.sqlite`)
    let firstCall: Sent | undefined
    const before = [
      xms("one", (sent) => {
        firstCall = sent
        return "hangs"
      }),
      xms("two", (sent) => (sent.context.deliveryId.includes("/a/") ? "hangs" : accepted)),
    ]
    const story = await openStory({
      ...texts,
      providers: before,
      engine: { maxSends: 1 },
      store: sqlite(file),
    })
    await customers(story, ["a"])
    await textTo(story, "cust-1", 0)
    await textTo(story, "a", 1_000)
    // The second message is meant for the first provider, which asks for a rest before it gets there.
    firstCall?.answer(refused("rate-limited", 600_000))
    await story.world.settle()
    expect(callsOf(story)).toContain("two@1000")
    await story.world.at(2_000)
    const world = await World.open({
      policy,
      providers: [xms("one", accepted, key), xms("two", accepted, key)],
      store: sqlite(file),
      startMs: START_MS + 5_000,
    })
    await world.at(HOUR_MS - 1)
    const again = storyIn(world)
    const ofA = again.world.sent.filter(({ context }) => context.deliveryId.includes("/a/"))
    expect(ofA.map(({ provider }) => provider)).toEqual(["two"])
  })
})

describe.each(drivers)("a store that fails while a message changes its provider, over %s", (_, makeStore) => {
  // A message that is claimed while its provider rests, and so goes to another one than it was meant for.
  const reassigned = async (assign: World["faults"]["assign"], then: Provider["then"] = accepted) => {
    let firstCall: Sent | undefined
    const one = (sent: Sent) => {
      firstCall ??= sent
      return "hangs" as const
    }
    const providers = [xms("one", one), xms("two", then)]
    const story = await openStory({ ...texts, providers, engine: { maxSends: 1 }, store: makeStore() })
    const { world } = story
    await customers(story, ["a"])
    await textTo(story, "cust-1", 0)
    await textTo(story, "a", 500)
    await world.at(1_000)
    world.faults.assign = assign
    firstCall?.answer(refused("rate-limited", 600_000))
    await world.settle()
    await world.jump(START_MS + 3_000)
    const toA = () =>
      callsOf(story).filter((_, index) => world.sent[index]?.context.deliveryId.includes("/a/"))
    return { story, world, toA }
  }

  test("R9: what another process has by the time it is written down is left to that one", async () => {
    const { world, toA } = await reassigned("lost")
    for (let ms = 4_000; ms < 20_000; ms += 1_000) await world.jump(START_MS + ms)
    expect(toA()).toEqual([])
  })

  test("R8: and lets those go at once who waited for its room", async () => {
    const { story, world } = await reassigned("down")
    expect(callsOf(story)).toEqual(["one@0"])
    world.faults.assign = "lost"
    await world.jump(START_MS + 4_000)
    expect(callsOf(story)).toEqual(["one@0", "two@4000"])
  })

  test.each(["refused", "broken"] as const)(
    "R8, R9: where that is %s, it is tried again a second later, and keeps nobody waiting who waits for room",
    async (assign) => {
      const { story, world, toA } = await reassigned(assign)
      expect(callsOf(story)).toEqual(["one@0", "two@1000"])
      expect(toA()).toEqual([])
      world.faults.assign = "up"
      await world.jump(START_MS + 4_000)
      expect(toA()).toEqual(["two@4000"])
    },
  )

  test("R9: who gets it late has as long for it as anybody, before the lease is over", async () => {
    const isToA = ({ context }: Sent) => context.deliveryId.includes("/a/")
    const { story, world, toA } = await reassigned("down", (sent) => (isToA(sent) ? "hangs" : accepted))
    for (let ms = 4_000; ms < 12_000; ms += 1_000) await world.jump(START_MS + ms)
    world.faults.assign = "up"
    await world.jump(START_MS + 12_000)
    expect(toA()).toEqual(["two@12000"])
    for (let ms = 13_000; ms < 27_000; ms += 1_000) await world.jump(START_MS + ms)
    const sent = world.sent.find(isToA)
    expect(sent?.context.signal.aborted).toBe(false)
    sent?.answer(accepted)
    await world.settle()
    expect(await story.outcomes("a")).toEqual([expect.stringMatching(/^xms accepted@/)])
  })

  test("R9: nothing leaves before it is written down who gets it, and nothing is lost", async () => {
    const { story, world, toA } = await reassigned("down")
    expect(toA()).toEqual([])
    world.faults.assign = "up"
    for (let ms = 4_000; ms < 130_000; ms += 1_000) await world.jump(START_MS + ms)
    expect(toA()).toHaveLength(1)
    expect(await story.outcomes("a")).toEqual([expect.stringMatching(/^xms accepted@/)])
    expect(await story.outcomes()).toEqual([expect.stringMatching(/^xms accepted@/)])
  })
})

describe.each(drivers)("who gets a message, over %s", (_, makeStore) => {
  test("R9: is written with what asks for it, also while the preferred one rests", async () => {
    const providers = [xms("one", refused("rate-limited", 600_000)), xms("two", accepted)]
    const story = await openStory({ ...texts, providers, store: makeStore() })
    await customers(story, ["a"])
    story.world.faults.assign = "down"
    await textTo(story, "cust-1", 0)
    await textTo(story, "a", 1_000)
    expect(callsOf(story)).toEqual(["one@0", "two@0", "two@1000"])
  })
})

/** What a provider does with one call: whether it really sends, and what it says. */
interface Act {
  readonly sends: boolean
  readonly says: SendResult | "hangs" | "throws"
  readonly tells: boolean
}

const anyRefusal = fc
  .record({
    reason: fc.constantFrom(...rejectReasons, "unreachable", "rate-limited", "provider-error", "auth"),
    retryAfterMs: fc.option(fc.constantFrom(0, 1_000, 30_000, 2_000_000), { nil: undefined }),
  })
  .map(({ reason, retryAfterMs }) => refused(reason, retryAfterMs))

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: fc.constant({ sends: true, says: accepted, tells: true }), weight: 2 },
  { arbitrary: anyRefusal.map((says) => ({ sends: false, says, tells: true })), weight: 5 },
  {
    arbitrary: fc.record({
      sends: fc.boolean(),
      says: fc.constantFrom(uncertain, "hangs" as const, "throws" as const),
      tells: fc.boolean(),
    }),
    weight: 3,
  },
)

const anyGateway = fc.record({
  acts: fc.array(anyAct, { minLength: 1, maxLength: 12 }),
  honoursKeys: fc.boolean(),
  canBeAsked: fc.boolean(),
})

/** A gateway that keeps to the port's contract, and knows what it really sent. */
class Gateway {
  readonly sent = new Map<string, number>()
  readonly mayHave = new Set<string>()
  readonly offences: Array<string> = []
  private calls = 0
  private readonly acts: ReadonlyArray<Act>
  private readonly honoursKeys: boolean
  private readonly canBeAsked: boolean
  readonly name: string

  constructor(
    name: string,
    { acts, honoursKeys, canBeAsked }: typeof anyGateway extends fc.Arbitrary<infer G> ? G : never,
  ) {
    this.name = name
    this.acts = acts
    this.honoursKeys = honoursKeys
    this.canBeAsked = canBeAsked
  }

  provider(others: () => ReadonlyArray<Gateway>): Provider {
    const next = (): Act => {
      const act = this.acts[this.calls++ % this.acts.length]
      return act ?? { sends: true, says: accepted, tells: true }
    }
    const then = ({ context: { deliveryId } }: Sent) => {
      // Kept, not thrown: what a transport throws is an answer to the engine.
      const heldBy = others().filter((other) => other !== this && other.mayHave.has(deliveryId))
      this.offences.push(...heldBy.map(({ name }) => `${this.name} got what ${name} may have`))
      const { sends, says } = next()
      const had = this.sent.get(deliveryId) ?? 0
      if (sends) this.sent.set(deliveryId, this.honoursKeys ? 1 : had + 1)
      if (typeof says === "string" || says._tag !== "Rejected") this.mayHave.add(deliveryId)
      else if (had > 0 && !refusalMeanings[says.reason].isProviders) return accepted
      else if (had === 0 && !refusalMeanings[says.reason].isProviders && says.retryAfterMs === undefined)
        this.mayHave.delete(deliveryId)
      return says
    }
    const lookup = ({ context: { deliveryId } }: Sent) => {
      if (!next().tells) return uncertain
      if ((this.sent.get(deliveryId) ?? 0) > 0) return accepted
      this.mayHave.delete(deliveryId)
      return refused("provider-error")
    }
    return xms(this.name, then, {
      idempotency: this.honoursKeys ? "key" : "none",
      ...(this.canBeAsked && { lookup }),
    })
  }
}

describe.each(drivers)("whatever two providers answer, over %s", (_, makeStore) => {
  test("R9: they never both may have a message, none is sent twice, and every delivery ends", async () => {
    const arrivals = fc.array(fc.nat(120_000), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(anyGateway, anyGateway, arrivals, async (first, second, atMs) => {
        const gateways: ReadonlyArray<Gateway> = [new Gateway("one", first), new Gateway("two", second)]
        const providers = gateways.map((gateway) => gateway.provider(() => gateways))
        const story = await openStory({ ...texts, providers, store: makeStore() })
        const ids = atMs.map((_at, index) => `c${index}`)
        await customers(story, ids)
        const inOrder = atMs.toSorted((a, b) => a - b)
        for (const [index, id] of ids.entries()) await textTo(story, id, inOrder[index] ?? 0)
        await story.world.at(50 * HOUR_MS)
        expect(gateways.flatMap(({ offences }) => offences)).toEqual([])
        for (const id of ids) {
          const delivered = gateways.map(({ sent }) => sent.get(`acme/${id}/c1/m2/xms`) ?? 0)
          expect(delivered.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1)
          const [line] = await story.outcomes(id)
          expect(line).toMatch(/@/)
          // Nothing that arrived is said to have failed, and so is not paid for.
          if (delivered.includes(1)) expect(line).toMatch(/accepted|uncertain/)
        }
        await story.world.close()
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
