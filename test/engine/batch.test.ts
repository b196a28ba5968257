/** What a batch writes and what it leaves alone, and which of its messages are sent at once. */
import * as Result from "effect/Result"
import { expect, test } from "vitest"
import type { Input } from "../../src/core/customer/input.ts"
import type { ChannelInput } from "../../src/core/directory.ts"
import { makePolicy } from "../../src/core/policy.ts"
import { type BatchSetting, claimedBy, decideBatch } from "../../src/engine/batch.ts"
import type { Changes, ChannelRecord, CustomerRecord, Loaded } from "../../src/ports/store.ts"
import { keyText } from "../../src/ports/store.ts"
import { acme, jieun, whose } from "./story.ts"

const { channelId: _, ...contacts } = jieun

/** A store in a variable, and what is decided over it. */
const batches = (more: Partial<BatchSetting> = {}) => {
  const channels = new Map<string, ChannelRecord>()
  const customers = new Map<string, CustomerRecord>()
  let channel: ChannelInput = acme
  const setting: BatchSetting = {
    policy: makePolicy({}),
    carriers: new Set(["push", "sns", "xms", "email"]),
    providersFor: () => ["one"],
    answers: { channel: () => channel, customer: (key) => ({ ...contacts, id: key.customerId }) },
    links: undefined,
    lease: { messages: 10, untilMs: 99 },
    ...more,
  }
  const loaded: Loaded = {
    channel: (id) => channels.get(id),
    customer: (key) => customers.get(keyText(key)),
    isLeased: () => true,
  }
  const take = (nowMs: number, ...inputs: ReadonlyArray<Input>): Changes => {
    const submissions = inputs.map((input) => ({ key: whose, input, nowMs }))
    const { changes, value } = decideBatch(setting, submissions)(loaded)
    expect(value.every(Result.isSuccess)).toBe(true)
    for (const one of changes.channels) channels.set(one.channelId, one.record)
    for (const { key, record } of changes.customers) customers.set(keyText(key), record)
    return changes
  }
  const channelIs = (change: Partial<ChannelInput>) => {
    channel = { ...acme, ...change }
  }
  return { take, channelIs }
}

const says = (from: "customer" | "manager", messageId: string, atMs = 0): Input => ({
  _tag: "Message",
  chatId: "c1",
  messageId,
  from,
  purpose: "chat",
  text: "Yes.",
  atMs,
})

test("R20: what was heard before writes no customer, and a channel only where the directory says something new", () => {
  const { take, channelIs } = batches()
  expect(take(0, says("customer", "m1"))).toMatchObject({ customers: [{}], channels: [{}], events: [{}] })
  expect(take(0, says("customer", "m1"))).toMatchObject({ customers: [], channels: [], events: [] })
  channelIs({ name: "Acme anew" })
  expect(take(0, says("customer", "m1"))).toMatchObject({
    customers: [],
    channels: [{ record: { input: { name: "Acme anew" } } }],
    events: [],
  })
})

test("R17: a plan that the directory says is new counts from the next input on", () => {
  const { take, channelIs } = batches()
  take(0, says("customer", "m1"))
  channelIs({ plan: { kind: "paid" } })
  expect(take(0, says("customer", "m2")).channels).toMatchObject([
    { record: { input: { plan: { kind: "paid" } }, ledger: { limitMilli: null } } },
  ])
})

test("R7: to wake up somebody who is forgotten writes nothing of them", () => {
  expect(batches().take(0, { _tag: "WakeUp", atMs: 0 })).toMatchObject({ customers: [], events: [] })
})

test("R8: no more are sent at once than there is room for, and none that has no provider yet", () => {
  const asked: ReadonlyArray<Input> = [says("customer", "m1"), says("manager", "m2"), says("manager", "m3")]
  const atOnce = (more: Partial<BatchSetting>) => {
    const changes = batches(more).take(0, ...asked)
    expect(changes.outbox).toHaveLength(2)
    return claimedBy(changes).map(({ attempt, interrupted }) => [attempt, interrupted])
  }
  expect(atOnce({})).toEqual([
    [1, false],
    [1, false],
  ])
  expect(atOnce({ lease: { messages: 1, untilMs: 99 } })).toEqual([[1, false]])
  expect(atOnce({ lease: { messages: 0, untilMs: 99 } })).toEqual([])
  expect(atOnce({ providersFor: () => [] })).toEqual([])
})

test("R1: what is taken back by what comes in with it is not sent at once", () => {
  const { take } = batches()
  const read: Input = { _tag: "Read", chatId: "c1", upTo: "m2", atMs: 0 }
  const changes = take(0, says("customer", "m1"), says("manager", "m2"), read)
  expect(changes.outbox).toHaveLength(1)
  expect(claimedBy(changes)).toEqual([])
})
