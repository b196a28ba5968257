import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterEach, describe, expect, test } from "vitest"
import {
  FollowUps,
  type OpenFollowUps,
  type OpenOptions,
  type SendResult,
  type StoredEvent,
  type Transport,
  type Via,
} from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { ManualClock } from "./manual-clock.ts"
import { acme, jieun, whose } from "./story.ts"

const accepts = (via: Via, sent: Array<string>): Transport<unknown> => ({
  name: via,
  via,
  receipts: "handset",
  idempotency: "none",
  send: async (_message, { deliveryId }): Promise<SendResult> => {
    sent.push(deliveryId)
    return { _tag: "Accepted" }
  },
})

let opened: OpenFollowUps | undefined
afterEach(() => opened?.close())

const open = async (options: Partial<OpenOptions> = {}) => {
  const clock = new ManualClock()
  const sent: Array<string> = []
  const transports = (["push", "sns", "xms", "email"] as const).map((via) => accepts(via, sent))
  const policy = { email: { defaultDomain: "mail.example" } }
  opened = await FollowUps.open({ store: memory(), clock, transports, policy, ...options })
  const followUps = opened
  await followUps.channel(acme)
  await followUps.customer(jieun)
  const says = (messageId: string, from: "customer" | "manager") =>
    followUps.message({ ...whose, chatId: "c1", messageId, from, text: "Yes." })
  return { clock, sent, followUps, says }
}

describe("followup opened with a host's clock", () => {
  test("R6, R7, R8: push at once, text and email after 30 s of that clock", async () => {
    const { clock, sent, followUps, says } = await open()
    await says("m1", "customer")
    await says("m2", "manager")
    await clock.pass(29_999)
    expect(sent).toEqual(["acme/cust-1/c1/m2/push"])
    await clock.pass(1)
    expect(sent.slice(1).toSorted()).toEqual(["acme/cust-1/c1/m2/email", "acme/cust-1/c1/m2/sns"])
    const log = await followUps.sentTo(whose)
    expect(log.map(({ atMs }) => clock.nowMs - atMs)).toEqual([30_000, 0, 0])
  })

  test("R2: an inactive customer is called at their offline instant of that clock", async () => {
    const { clock, sent, followUps, says } = await open()
    await says("m1", "customer")
    await followUps.presence({ ...whose, sessionId: "tab-1", signal: "active" })
    await says("m2", "manager")
    await clock.pass(269_999)
    expect(sent).toEqual([])
    await clock.pass(1)
    expect(sent).toEqual(["acme/cust-1/c1/m2/push"])
  })

  test("R20: events are iterated until `break`, and again from where one was", async () => {
    const { followUps, says } = await open()
    await says("m1", "customer")
    await says("m2", "manager")
    const seen: Array<StoredEvent> = []
    for await (const event of followUps.events({ after: 0 })) {
      seen.push(event)
      if (seen.length === 2) break
    }
    for await (const event of followUps.events({ after: seen.at(-1)?.seq ?? 0 })) {
      seen.push(event)
      if (seen.length === 3) break
    }
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test("R20: events end when it is closed, and every call afterwards is told so", async () => {
    const { clock, followUps, says } = await open()
    await says("m1", "customer")
    const seen: Array<number> = []
    const watching = (async () => {
      for await (const { seq } of followUps.events({ after: 0 })) seen.push(seq)
      return "ended"
    })()
    await clock.settle()
    await followUps.close()
    expect(await watching).toBe("ended")
    expect(seen).toEqual([1])
    for (const call of [says("m2", "manager"), followUps.usage("acme"), followUps.log({ channelId: "acme" })])
      await expect(call).rejects.toMatchObject({ _tag: "FollowUpsError", reason: "closed" })
    await followUps.close()
  })

  test("R20: events that are asked for once it closes are refused, like every other call", async () => {
    const { followUps } = await open()
    const first = () => followUps.events({ after: 0 })[Symbol.asyncIterator]().next()
    const closing = followUps.close()
    await expect(first()).rejects.toMatchObject({ _tag: "FollowUpsError", reason: "closed" })
    await closing
    await expect(first()).rejects.toMatchObject({ _tag: "FollowUpsError", reason: "closed" })
  })

  test("R20: a failed call is printed with its name and message, and a stack that leads to its caller", async () => {
    const { followUps } = await open()
    const text = { ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "Hi" } as const
    const here = /^ +at .*theCaller .*follow-ups\.test\.ts:\d+:\d+\)/m
    const printed = async (call: () => Promise<void>) => {
      const error = await call().then(
        () => expect.fail("it was done"),
        (failure: unknown) => failure,
      )
      return inspect(error)
    }
    const theCallers: ReadonlyArray<readonly [string, () => Promise<void>]> = [
      // Refused at once: the caller need not even wait for it.
      [
        "message: chatId: expected ",
        function theCaller() {
          return followUps.message({ ...text, chatId: "" })
        },
      ],
      [
        "channel nobody is not known",
        async function theCaller() {
          await followUps.message({ ...text, channelId: "nobody" })
        },
      ],
    ]
    for (const [message, call] of theCallers) {
      const words = await printed(call)
      expect(words).toContain(`FollowUpsError: ${message}`)
      expect(words).toMatch(here)
    }
    await followUps.close()
    expect(
      await printed(async function theCaller() {
        await followUps.quarantine()
      }),
    ).toMatch(here)
    const refused = await printed(async function theCaller() {
      await FollowUps.open({ store: memory(), policy: { presence: { inactivityMs: -1 } } })
    })
    expect(refused).toContain("FollowUpsError: FollowUps.open: policy.presence.inactivityMs: expected ")
    expect(refused).toMatch(here)
  })
})

test("those who wait when it is closed are told so; the one whose turn it is gets an answer", async () => {
  const asked: Array<() => void> = []
  const clock = new ManualClock()
  const followUps = await FollowUps.open({
    store: memory(),
    clock,
    engine: { maxBatch: 1, maxWaiting: 1 },
    directory: {
      channel: () => new Promise((resolve) => asked.push(() => resolve(acme))),
      customer: async () => undefined,
    },
  })
  const said = Promise.allSettled(
    ["m1", "m2", "m3", "m4"].map((messageId) =>
      followUps.message({ ...whose, chatId: "c1", messageId, from: "customer", text: "Hi" }),
    ),
  )
  await clock.settle()
  const closed = followUps.close()
  await clock.settle()
  for (const answer of asked) answer()
  await closed
  const reasons = (await said).map((one) => (one.status === "fulfilled" ? "done" : one.reason.reason))
  expect(reasons).toEqual(["done", "closed", "closed", "closed"])
})

describe("followup does not open", () => {
  const refusal = (options: Partial<OpenOptions>) =>
    FollowUps.open({ store: memory(), ...options }).then(
      () => "opened",
      (error) => error,
    )

  test("R9: with two transports for one leg", async () => {
    const sent: Array<string> = []
    const error = await refusal({
      transports: [accepts("xms", sent), accepts("email", sent), accepts("xms", sent)],
    })
    expect(error).toMatchObject({ _tag: "FollowUpsError", reason: "bad-input" })
    expect(error.message).toContain("xms")
    expect(error.message).not.toContain("email")
  })

  test("with a policy that makes no sense", async () => {
    expect(await refusal({ policy: { cascade: { pushTimeoutMs: -1 } } })).toMatchObject({
      reason: "bad-input",
      issues: [{ path: "policy.cascade.pushTimeoutMs" }],
      message: expect.stringMatching(/^FollowUps\.open: policy\.cascade\.pushTimeoutMs: expected /),
    })
  })

  test("and lets go of the store that it opened", async () => {
    const seen: Array<string> = []
    const watched = Layer.effectDiscard(
      Effect.acquireRelease(
        Effect.sync(() => seen.push("opened")),
        () => Effect.sync(() => seen.push("closed")),
      ),
    )
    await refusal({
      store: memory().pipe(Layer.provideMerge(watched)),
      policy: { cascade: { pushTimeoutMs: -1 } },
    })
    expect(seen).toEqual(["opened", "closed"])
  })

  test("with a store that cannot be opened", async () => {
    expect(await refusal({ store: sqlite("/nowhere/at/all/followup.sqlite") })).toMatchObject({
      _tag: "FollowUpsError",
      reason: "store",
    })
  })
})
