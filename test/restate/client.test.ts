import * as Effect from "effect/Effect"
import { expect, test } from "vitest"
import { makeClient } from "../../src/restate/client.ts"
import type { Ingress, IngressCall } from "../../src/restate/ingress.ts"

const NOW_MS = Date.UTC(2026, 0, 5, 9)

/** A client whose calls are written down, and answered as taken. */
const open = () => {
  const calls: IngressCall[] = []
  const ingress = ((call: IngressCall) => {
    calls.push(call)
    return Effect.succeed(call.handler === "hear" ? { _tag: "Taken" } : true)
  }) as Ingress
  return { calls, followUps: makeClient(ingress, { now: () => NOW_MS, lasts: (ms) => ms }) }
}

const whose = { channelId: "acme", customerId: "cust-1" }

test("an input goes to its customer with its instant and that of the call", async () => {
  const { calls, followUps } = open()
  await followUps.presence({ ...whose, sessionId: "s1", signal: "left", atMs: NOW_MS - 5 })
  await followUps.receipt({ deliveryId: "acme/cust-1/c1/m2/push", status: "received" })
  expect(calls).toMatchObject([
    { key: "acme/cust-1", body: { nowMs: NOW_MS, input: { _tag: "PresenceSignal", atMs: NOW_MS - 5 } } },
    { key: "acme/cust-1", body: { nowMs: NOW_MS, input: { _tag: "Receipt", atMs: NOW_MS } } },
  ])
})

test("R5, R17: only what would count twice is known by a key, since an input heard twice changes nothing", async () => {
  const { calls, followUps } = open()
  await followUps.message({ ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "?" })
  await followUps.read({ ...whose, chatId: "c1", upTo: "m1" })
  await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })
  await followUps.customer({ channelId: "acme", id: "cust-1" })
  await followUps.topUp({ channelId: "acme", pu: 5 })
  await followUps.recordUsage({ channelId: "acme", kind: "SMS", pu: 5 })
  expect(calls.filter(({ once }) => once).map(({ handler }) => handler)).toEqual(["topUp", "record"])
})

test("what is wrong with a call is said before anything is called", async () => {
  const { calls, followUps } = open()
  await expect(followUps.topUp(JSON.parse('{"channelId":"acme"}'))).rejects.toMatchObject({
    reason: "bad-input",
    issues: [{ path: "pu" }],
  })
  const chatUrl = "https://acme.example/c/{token}"
  await expect(
    followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, chatUrl }),
  ).rejects.toMatchObject({
    reason: "bad-input",
    message: expect.stringMatching(/^channel: chatUrl: expected no {token}/),
  })
  const sessionId = "s1"
  await expect(
    followUps.presence({ ...whose, sessionId, signal: "active", atMs: NOW_MS / 1_000 }),
  ).rejects.toMatchObject({
    reason: "bad-input",
    message: "presence: atMs: expected milliseconds since 1970; this looks like seconds",
  })
  expect(calls).toEqual([])
})
