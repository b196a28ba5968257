/** What reaches the objects from outside, and what of it is seen outside of them. */
import type { TerminalError } from "@restatedev/restate-sdk"
import { describe, expect, test, vi } from "vitest"
import { makeClient } from "../../src/restate/client.ts"
import { wholeMs } from "../../src/restate/clock.ts"
import { customerKey } from "../../src/restate/contract.ts"
import {
  type AnyTransport,
  followUpsOnRestate,
  type OnRestateOptions,
  type Transport,
  type XmsMessage,
} from "../../src/restate/index.ts"
import { FakeRestate } from "./fake-restate.ts"

const START_MS = Date.UTC(2026, 0, 5, 9)
const secret = "+821012345678"
const whose = { channelId: "acme", customerId: "cust-1" }

const open = (options: OnRestateOptions = {}, now?: () => number) => {
  const logged: Array<readonly unknown[]> = []
  const clock = { now: now ?? (() => restate.nowMs), lasts: (ms: number) => ms }
  const onRestate = followUpsOnRestate({ clock, ...options })
  const restate: FakeRestate = new FakeRestate([onRestate], {
    startMs: START_MS,
    warn: (...said) => logged.push(said),
  })
  const followUps = makeClient(restate.ingress, wholeMs(clock))
  const call = async <A>(calling: Promise<A>): Promise<A> => {
    calling.catch(() => {})
    await restate.settle()
    return calling
  }
  return {
    restate,
    followUps,
    call,
    logged,
    /** Posts as a host in another language does; gives what is answered, or the code and the words of a refusal. */
    post: (path: readonly [service: string, key: string, handler: string], body: string): Promise<unknown> =>
      call(restate.invoke(...path, new TextEncoder().encode(body))).catch(
        (error: TerminalError) => `${error.code}: ${error.message}`,
      ),
    keepsAcme: (more: object = {}) =>
      call(
        followUps.channel({
          id: "acme",
          country: "KR",
          plan: { kind: "free" },
          settings: { email: false },
          ...more,
        }),
      ),
    knowsCustomer: () =>
      call(followUps.customer({ channelId: "acme", id: "cust-1", phone: secret, pushTokens: ["t1"] })),
    async asksAndIsAnswered() {
      const chat = { ...whose, chatId: "c1" }
      await call(followUps.message({ ...chat, messageId: "m1", from: "customer", text: "?" }))
      await call(followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." }))
    },
  }
}

const transport = (
  send: () => unknown,
  more: Partial<Transport<XmsMessage>> = {},
): Transport<XmsMessage> => ({
  name: "gateway",
  via: "xms",
  receipts: "none",
  idempotency: "none",
  ...more,
  // Whatever a host's own code may answer.
  send: async () => JSON.parse(JSON.stringify(await send())),
})

describe("what hosts in other languages post", () => {
  const signal = JSON.stringify({
    input: { _tag: "PresenceSignal", sessionId: "s1", signal: "active", atMs: START_MS },
    nowMs: START_MS,
  })

  test.each([
    "%",
    "acme",
    "acme/",
    "acme/cust-1/x",
    "acme/a b",
    "acme/%2f",
    "acme/%00",
    `acme/${"a".repeat(201)}`,
  ])("a key that is no customer's, %o, is refused at once and not tried for ever", async (key) => {
    const { post, restate, keepsAcme } = open()
    await keepsAcme()
    const refusal = expect.stringMatching(/^400: the object's key: expected .*escaped/)
    expect(await post(["FollowUpCustomer", key, "hear"], signal)).toEqual(refusal)
    expect(await post(["FollowUpCustomer", key, "keep"], '{"id":"cust-1"}')).toEqual(refusal)
    expect(await post(["FollowUpCustomer", key, "forget"], `{"nowMs":${START_MS}}`)).toEqual(refusal)
    expect(restate.stuck).toEqual([])
  })

  test("the keys of customers are taken, whatever their ids", async () => {
    const { post, keepsAcme } = open()
    await keepsAcme()
    for (const customerId of ["a/b %2F 고객?#", "..", "%", "\n", "a".repeat(200)])
      expect(await post(["FollowUpCustomer", customerKey({ ...whose, customerId }), "hear"], signal)).toEqual(
        { _tag: "Taken" },
      )
  })

  test("what is told of one is not kept as another's", async () => {
    const { post } = open()
    const channel = '{"id":"acme","country":"KR","plan":{"kind":"free"}}'
    const refusal = "400: id: expected the id that is in the object's key"
    expect(await post(["FollowUpChannel", "other", "keep"], channel)).toBe(refusal)
    expect(await post(["FollowUpCustomer", "acme/other", "keep"], '{"id":"cust-1"}')).toBe(refusal)
    expect(await post(["FollowUpChannel", "acme", "keep"], channel)).toBeUndefined()
  })

  test("what is no JSON is refused without its words, which Restate and its SDK would write down", async () => {
    const { post } = open()
    const answer = await post(["FollowUpCustomer", "acme/cust-1", "keep"], `phone=${secret}`)
    expect(answer).toMatch(/^400: .*input: expected JSON$/)
  })

  test("R2: seconds in place of milliseconds are refused", async () => {
    const { post, keepsAcme } = open()
    await keepsAcme()
    const told = signal.replace(`"atMs":${START_MS}`, `"atMs":${START_MS / 1_000}`)
    expect(await post(["FollowUpCustomer", "acme/cust-1", "hear"], told)).toMatch(
      /^400: .*input\.atMs: expected milliseconds since 1970; this looks like seconds$/,
    )
  })

  test.each([
    ["", "input"],
    ["{}", "atMs"],
    [`{"atMs":${START_MS},"month":5}`, "month"],
    [`{"atMs":${START_MS},"month":"2026-13"}`, "month"],
  ])("R19: a question for usage, %o, is looked at", async (body, place) => {
    const { post, keepsAcme } = open()
    await keepsAcme()
    expect(await post(["FollowUpChannel", "acme", "usage"], body)).toMatch(
      new RegExp(`^400: .*${place}: expected `),
    )
  })
})

test("R2: a clock with fractions loses no answer of a provider", async () => {
  const world = open({ transports: [transport(() => ({ _tag: "Accepted" }))] }, () => START_MS + 0.5)
  await world.keepsAcme()
  await world.knowsCustomer()
  await world.asksAndIsAnswered()
  const lines = await world.call(world.followUps.sentTo(whose))
  expect(lines).toContainEqual(expect.objectContaining({ via: "xms", outcome: "accepted" }))
})

test("a clock that tells no instant is refused before anything is called", async () => {
  const clock = { now: () => Number.NaN, lasts: (ms: number) => ms }
  const followUps = followUpsOnRestate({ clock }).connect({ url: "http://127.0.0.1:1" })
  await expect(followUps.presence({ ...whose, sessionId: "s1", signal: "active" })).rejects.toMatchObject({
    reason: "bad-input",
    message: "followUpsOnRestate: clock.now: expected milliseconds since 1970",
  })
})

test("R16: another limit in the policy holds for channels that are there already, as with the engine", async () => {
  const before = open()
  await before.keepsAcme({ usedPu: 1_000 })
  const after = open({
    policy: { freeLimitPu: 2_000 },
    transports: [transport(() => ({ _tag: "Accepted" }))],
  })
  after.restate.takeOver(before.restate)
  expect(await after.call(after.followUps.usage("acme"))).toMatchObject({ limitPu: 2_000, leftPu: 1_000 })
  await after.knowsCustomer()
  await after.asksAndIsAnswered()
  const lines = await after.call(after.followUps.sentTo(whose))
  expect(lines).toContainEqual(expect.objectContaining({ via: "xms", outcome: "accepted" }))
})

describe("the timers of a customer", () => {
  const wakesOf = ({ due }: FakeRestate) => due.filter(({ target }) => target.endsWith("/wake"))
  /** A customer who is on the site and has something to read. */
  const openOnline = async (behind = { ms: 0 }) => {
    const transports = [transport(() => ({ _tag: "Accepted" }))]
    const world: ReturnType<typeof open> = open({ transports }, () => world.restate.nowMs - behind.ms)
    await world.keepsAcme()
    await world.knowsCustomer()
    const says = (signal: "active" | "left") =>
      world.call(world.followUps.presence({ ...whose, sessionId: "tab-1", signal }))
    await says("active")
    await world.asksAndIsAnswered()
    return { ...world, says }
  }
  const requestedAt = async (world: Awaited<ReturnType<typeof openOnline>>) =>
    (await world.call(world.followUps.history(whose))).flatMap((event) =>
      event._tag === "DeliveryRequested" ? [event.atMs] : [],
    )

  test("R2: one runs at a time, though every input puts off what is waited for", async () => {
    const { restate, says, call, followUps } = await openOnline()
    const more = { ...whose, chatId: "c1", messageId: "m3", from: "manager", text: "Two of them." } as const
    await call(followUps.message(more))
    for (let times = 0; times < 5; times++) {
      restate.nowMs += 1_000
      await says("active")
    }
    expect(wakesOf(restate)).toMatchObject([{ atMs: START_MS + 270_000 }])
    await restate.until(START_MS + 270_000)
    expect(wakesOf(restate)).toMatchObject([{ atMs: START_MS + 275_000 }])
  })

  test("R2: one that rings late decides by when it is", async () => {
    const world = await openOnline()
    const [wake] = wakesOf(world.restate)
    world.restate.nowMs += 3_600_000
    world.restate.fire(wake ?? expect.fail())
    await world.restate.settle()
    expect(await requestedAt(world)).toEqual([START_MS + 3_600_000])
  })

  test("R2: one that rings where the clock is behind decides by what was waited for", async () => {
    const behind = { ms: 0 }
    const world = await openOnline(behind)
    behind.ms = 10_000
    await world.restate.until(START_MS + 270_000)
    expect(await requestedAt(world)).toEqual([START_MS + 270_000])
  })
})

describe("the log", () => {
  const here = expect.stringMatching(/\/test\/restate\/boundary\.test\.ts:\d+$/)
  const about = { "followup.via": "xms", "followup.transport": "gateway", "followup.transport.call": "send" }
  const threw = "followup: a transport threw, where it should have answered"

  const sending = async (...transports: AnyTransport[]) => {
    const world = open({ transports })
    await world.keepsAcme()
    await world.knowsCustomer()
    await world.asksAndIsAnswered()
    expect(JSON.stringify(world.logged)).not.toContain("12345678")
    return world
  }

  test("R9, R20: a transport that throws is said with the error's name and its place, as by the engine", async () => {
    const { logged } = await sending(
      transport(() => {
        throw new TypeError(`cannot send to ${secret}`)
      }),
    )
    expect(logged).toEqual([[threw, { ...about, "exception.type": "TypeError", "exception.at": here }]])
  })

  test("R9, R20: an answer that is no result is said by the place that is wrong", async () => {
    const { logged } = await sending(
      transport(() => ({ _tag: "Rejected", reason: "blocked", code: 21211, to: secret })),
    )
    expect(logged).toEqual([
      [
        "followup: a transport's answer is no result",
        { ...about, "error.message": expect.stringContaining("code: expected string") },
      ],
    ])
  })

  test("R6, R20: a handles that throws is said", async () => {
    const { logged } = await sending(
      transport(() => ({ _tag: "Accepted" }), {
        handles: () => {
          throw new RangeError(secret)
        },
      }),
    )
    expect(logged).toEqual([
      [
        threw,
        {
          ...about,
          "followup.transport.call": "handles",
          "exception.type": "RangeError",
          "exception.at": here,
        },
      ],
    ])
  })

  test("R20: the same mistake is said once a minute at most", async () => {
    const world = await sending(
      transport(() => {
        throw new TypeError(secret)
      }),
    )
    const replies = async (chatId: string) => {
      const chat = { ...whose, chatId }
      await world.call(world.followUps.message({ ...chat, messageId: "m1", from: "customer", text: "?" }))
      await world.call(world.followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." }))
    }
    await replies("c2")
    expect(world.logged).toHaveLength(1)
    world.restate.nowMs += 60_000
    await replies("c3")
    expect(world.logged).toHaveLength(2)
  })

  test("R16, R20: an onNotice that fails is said, and told again", async () => {
    let times = 0
    const world = open({
      onNotice: () => {
        if (++times === 1) throw new TypeError(secret)
      },
    })
    await world.keepsAcme({ usedPu: 999 })
    await world.call(world.followUps.recordUsage({ channelId: "acme", kind: "SNS", pu: 1 }))
    expect([times, world.logged]).toEqual([
      2,
      [
        [
          "followup: onNotice failed; trying again",
          { "followup.channel.id": "acme", "exception.type": "TypeError", "exception.at": here },
        ],
      ],
    ])
  })
})

test("R16, R20: an onNotice that never settles is said to take too long, and told again under the same id", async () => {
  const ids: string[] = []
  const world = open({
    notices: { timeoutMs: 20 },
    onNotice: ({ id }) => {
      ids.push(id)
      return ids.length === 1 ? new Promise<void>(() => {}) : undefined
    },
  })
  await world.keepsAcme()
  const uses = (pu: number) => world.call(world.followUps.recordUsage({ channelId: "acme", kind: "SNS", pu }))
  await uses(950)
  await vi.waitFor(async () => {
    await world.restate.settle()
    expect(ids).toEqual(["acme/1", "acme/1"])
  })
  expect(world.logged).toMatchObject([["followup: onNotice failed; trying again", {}]])
  await uses(50)
  expect(ids).toEqual(["acme/1", "acme/1", "acme/2"])
})

describe("a customer of whom something is kept that the rules fail on", () => {
  /** A customer whose follow-up is under way, and of whom something later is kept than is understood. */
  const openBroken = async (send: () => unknown = () => ({ _tag: "Accepted" })) => {
    const world = open({ transports: [transport(send, { receipts: "handset" })] })
    await world.keepsAcme()
    await world.knowsCustomer()
    await world.asksAndIsAnswered()
    const kept = world.restate.kept.get("FollowUpCustomer/acme/cust-1")
    const memory = kept?.get("customer") ?? ""
    const breaks = () => kept?.set("customer", memory.replace('"deliveries":{', '"deliveries":null,"was":{'))
    const mends = () => kept?.set("customer", (kept.get("customer") ?? "").replace('null,"was":{', "{"))
    return { ...world, breaks, mends }
  }

  test("R20: an input is undecided at once, and keeps no other back", async () => {
    const world = await openBroken()
    world.breaks()
    const read = () => world.call(world.followUps.read({ ...whose, chatId: "c1", upTo: "m2" }))
    await expect(read()).rejects.toMatchObject({
      reason: "undecided",
      message: expect.stringMatching(
        /^read: what came of a customer of channel acme cannot be decided: .* \(TypeError at /,
      ),
    })
    expect(world.restate.stuck).toEqual([])
    world.mends()
    await read()
  })

  test("R16, R20: they are forgotten all the same, and what was reserved is paid", async () => {
    const world = await openBroken(() => new Promise(() => {}))
    expect(await world.call(world.followUps.usage("acme"))).toMatchObject({ usedPu: 0, reservedPu: 10 })
    world.breaks()
    await world.call(world.followUps.forget(whose))
    expect(await world.call(world.followUps.usage("acme"))).toMatchObject({ usedPu: 10, reservedPu: 0 })
    expect([...(world.restate.kept.get("FollowUpCustomer/acme/cust-1")?.keys() ?? [])]).toEqual([])
  })

  test("R9: what is due is looked at again every minute", async () => {
    const world = await openBroken()
    const [wake] = world.restate.due.filter(({ target }) => target.endsWith("/wake"))
    world.breaks()
    await world.restate.until(wake?.atMs ?? 0)
    expect(world.restate.stuck).toEqual([])
    world.mends()
    await world.restate.until((wake?.atMs ?? 0) + 60_000)
    expect(await world.call(world.followUps.sentTo(whose))).toContainEqual(
      expect.objectContaining({ via: "xms", outcome: "timed-out" }),
    )
  })
})
