/** The machine's clock is set on or back while the engine runs. */
import fc from "fast-check"
import { afterEach, describe, expect, test } from "vitest"
import { fromHostClock } from "../../src/engine/host-clock.ts"
import {
  FollowUps,
  type OpenFollowUps,
  type SendResult,
  type Transport,
  type Via,
} from "../../src/engine/index.ts"
import { fromMachine, steadyClock } from "../../src/engine/steady-clock.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { ManualClock } from "./manual-clock.ts"
import { acme, jieun, whose } from "./story.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe("the engine's clock", () => {
  const jump = fc.tuple(fc.integer({ min: 0, max: DAY_MS }), fc.integer({ min: -DAY_MS, max: DAY_MS }))

  test("never goes back, is never behind the machine's, and is the machine's while that never goes back", () => {
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 30 }), (jumps) => {
        const machine = new ManualClock()
        const clock = steadyClock(fromHostClock(machine))
        let before = clock.currentTimeMillisUnsafe()
        let isAhead = false
        for (const [passedMs, byMs] of jumps) {
          machine.nowMs += passedMs
          const now = clock.currentTimeMillisUnsafe()
          expect(now).toBeGreaterThanOrEqual(Math.max(before, machine.nowMs))
          if (!isAhead) expect(now).toBe(machine.nowMs)
          expect(fromMachine(clock, machine.nowMs)).toBe(now)
          machine.set(byMs)
          isAhead ||= byMs < 0
          before = now
        }
      }),
    )
  })

  test("goes on at half the pace when the machine's was set back, until that has caught up", () => {
    const machine = new ManualClock()
    const clock = steadyClock(fromHostClock(machine))
    const start = clock.currentTimeMillisUnsafe()
    machine.set(-HOUR_MS)
    const after = (ms: number) => {
      machine.nowMs += ms
      return clock.currentTimeMillisUnsafe() - start
    }
    expect([after(0), after(60_000), after(HOUR_MS), after(HOUR_MS - 60_000), after(60_000)]).toEqual([
      0,
      30_000,
      30_000 + HOUR_MS / 2,
      HOUR_MS,
      HOUR_MS + 60_000,
    ])
  })
})

/** So much later, without a stop at every poll in between. */
const later = async (clock: ManualClock, ms: number): Promise<void> => {
  for (const leftMs of Array.from({ length: Math.ceil(ms / DAY_MS) }, (_, day) => ms - day * DAY_MS)) {
    clock.set(Math.min(leftMs, DAY_MS))
    await clock.pass(3_000)
  }
}

const opened: Array<OpenFollowUps> = []
afterEach(async () => {
  for (const followUps of opened.splice(0)) await followUps.close()
})

type Answer = (deliveryId: string, name: string) => Promise<SendResult> | SendResult

const open = async (
  makeStore: () => ReturnType<typeof sqlite>,
  answer: Answer = () => ({ _tag: "Accepted" }),
) => {
  const clock = new ManualClock()
  const asked: Array<string> = []
  const transport = (via: Via, name: string = via): Transport<unknown> => ({
    name,
    via,
    receipts: "none",
    idempotency: "none",
    send: async (_, { deliveryId }) => {
      asked.push(deliveryId)
      return answer(deliveryId, name)
    },
  })
  const followUps = await FollowUps.open({
    store: makeStore(),
    clock,
    transports: [
      ...(["push", "sns", "xms", "email"] as const).map((via) => transport(via)),
      transport("xms", "xms-2"),
    ],
    policy: { email: { defaultDomain: "mail.example" } },
    engine: { closeTimeoutMs: 0 },
  })
  opened.push(followUps)
  // What is asked of the engine is answered while its clock stands still.
  const done = async <A>(call: Promise<A>): Promise<A> => {
    await clock.settle()
    return call
  }
  await done(followUps.channel({ ...acme, plan: { kind: "paid" } }))
  await done(followUps.customer(jieun))
  const vias = () => asked.map((id) => id.split("/").at(-1) ?? "").toSorted()
  const says = (from: "customer" | "manager", messageId: string, atMs?: number) =>
    done(
      followUps.message({
        ...whose,
        chatId: "c1",
        messageId,
        from,
        text: "Hello",
        ...(atMs !== undefined && { atMs }),
      }),
    )
  return { clock, followUps, asked, vias, done, says }
}

describe.each([
  ["memory", memory],
  ["SQLite", () => sqlite(":memory:")],
] as const)("a clock that jumps, over %s", (_, makeStore) => {
  test("R7: back by an hour: what waited 30 s is sent within a minute, and once", async () => {
    const { clock, vias, says } = await open(makeStore)
    await says("customer", "m1")
    await says("manager", "m2")
    await clock.pass(10_000)
    clock.set(-HOUR_MS)
    await clock.pass(30_000)
    expect(vias()).toEqual(["push"])
    await clock.pass(15_000)
    expect(vias()).toEqual(["email", "push", "sns"])
    await later(clock, 3 * HOUR_MS)
    expect(vias()).toEqual(["email", "push", "sns"])
  })

  test("R2: back by an hour: who is active on the site stays online, whichever clock says so", async () => {
    for (const isDated of [true, false]) {
      const { clock, followUps, vias, says, done } = await open(makeStore)
      const active = () =>
        done(
          followUps.presence({
            ...whose,
            sessionId: "tab-1",
            signal: "active",
            ...(isDated && { atMs: clock.nowMs }),
          }),
        )
      await active()
      await says("customer", "m1")
      clock.set(-HOUR_MS)
      await says("manager", "m2", clock.nowMs)
      for (let minutes = 0; minutes < 20; minutes++) {
        await active()
        await clock.pass(60_000)
      }
      expect(vias()).toEqual([])
      await clock.pass(490_000)
      expect(vias()).toEqual(["push"])
    }
  })

  test("R2, R7: on by a day: all that is due is done at once, and once", async () => {
    const { clock, followUps, vias, says, done } = await open(makeStore)
    await done(followUps.presence({ ...whose, sessionId: "tab-1", signal: "active" }))
    await says("customer", "m1")
    await says("manager", "m2")
    await clock.pass(10_000)
    clock.set(DAY_MS)
    await clock.pass(2_000)
    expect(vias()).toEqual(["push"])
    clock.set(DAY_MS)
    await clock.pass(2_000)
    expect(vias()).toEqual(["email", "push", "sns"])
    await later(clock, HOUR_MS)
    expect(vias()).toEqual(["email", "push", "sns"])
  })

  test("R9: on by a day in the middle of a send: it is not sent again, and no XMS beside it", async () => {
    const held = Promise.withResolvers<SendResult>()
    const { clock, followUps, vias, says, done } = await open(makeStore, (id) =>
      id.endsWith("/sns") ? held.promise : { _tag: "Accepted" },
    )
    await done(followUps.customer({ ...jieun, pushTokens: [] }))
    await says("customer", "m1")
    await says("manager", "m2")
    clock.set(DAY_MS)
    await clock.pass(5_000)
    held.resolve({ _tag: "Accepted" })
    await clock.settle()
    await later(clock, DAY_MS)
    expect(vias()).toEqual(["email", "sns"])
    const [sns] = await done(followUps.sentTo(whose))
    expect(sns).toMatchObject({ via: "sns", outcome: "accepted" })
  })

  test("R9: on by more than a lease in the middle of a send: a certain refusal still goes to the next provider, and once", async () => {
    const held = Promise.withResolvers<SendResult>()
    const { clock, followUps, asked, says, done } = await open(makeStore, (_id, name) =>
      name === "xms" ? held.promise : { _tag: "Accepted" },
    )
    await done(
      followUps.channel({ ...acme, plan: { kind: "paid" }, integrations: {}, settings: { email: false } }),
    )
    await says("customer", "m1")
    await says("manager", "m2")
    clock.set(120_000)
    await clock.pass(5_000)
    held.resolve({ _tag: "Rejected", reason: "provider-error" })
    await clock.settle()
    await later(clock, DAY_MS)
    expect(asked).toHaveLength(2)
    const [xms] = await done(followUps.sentTo(whose))
    expect(xms).toMatchObject({ via: "xms", provider: "xms-2", outcome: "accepted" })
  })

  test("R1, R9, R16: whatever the jumps: nothing twice, never both texts, every follow-up ends, PU add up", async () => {
    const step = fc.record({
      byMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
        fc.constantFrom(-DAY_MS, DAY_MS, -30_000, 30_000, -1),
      ),
      passMs: fc.constantFrom(0, 1_000, 30_000, 61_000),
      act: fc.constantFrom("replies", "replies", "replies", "asks", "active", "left", "reads", "nothing"),
    })
    const answers = fc.constantFrom<SendResult["_tag"]>("Accepted", "Accepted", "Rejected", "Uncertain")
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 15 }),
        fc.array(answers, { minLength: 1 }),
        async (steps, tags) => {
          let sends = 0
          const answer = (): SendResult => {
            const tag = tags[sends++ % tags.length]
            return tag === "Rejected" ? { _tag: tag, reason: "blocked" } : { _tag: tag ?? "Accepted" }
          }
          const { clock, followUps, asked, done, says } = await open(makeStore, answer)
          await says("customer", "first")
          for (const [index, { byMs, passMs, act }] of steps.entries()) {
            clock.set(byMs)
            if (act === "asks" || act === "replies")
              await says(act === "asks" ? "customer" : "manager", `m${index}`, clock.nowMs)
            else if (act === "reads")
              await done(followUps.read({ ...whose, chatId: "c1", upTo: `m${index - 1}` }).catch(() => {}))
            else if (act !== "nothing")
              await done(followUps.presence({ ...whose, sessionId: "tab-1", signal: act, atMs: clock.nowMs }))
            await clock.pass(passMs)
          }
          await later(clock, 20 * DAY_MS)
          expect(new Set(asked).size).toBe(asked.length)
          const log = await done(followUps.sentTo(whose))
          const sent = log.filter((entry) => entry._tag === "Delivery")
          expect(sent.filter(({ outcome }) => outcome === "pending")).toEqual([])
          const texts = sent.filter(
            ({ via, outcome }) => (via === "sns" || via === "xms") && outcome === "accepted",
          )
          expect(new Set(texts.map(({ followUpId }) => followUpId)).size).toBe(texts.length)
          const { usedPu, reservedPu } = await done(followUps.usage("acme"))
          expect([usedPu, reservedPu]).toEqual([sent.reduce((sum, { pu }) => sum + pu, 0), 0])
          const seqs = (await done(followUps.log({ channelId: "acme", limit: 1_000 }))).map(({ seq }) => seq)
          expect(seqs).toEqual(seqs.toSorted((a, b) => b - a))
          await followUps.close()
        },
      ),
      { numRuns: 20 },
    )
  })
})
