/** An engine at work on a real server that is stopped, stays away for ten seconds of the engine's, and comes back. */
import { expect, test } from "vitest"
import { FollowUpsError, type OpenFollowUps, type SendResult } from "../../src/engine/index.ts"
import { ownServer } from "./postgres-world.ts"
import { openOn, Providers, postgresDatabase, quickClock, START_MS, until } from "./real-world.ts"

const server = ownServer()

const SPEED = 40
const OUTAGE_MS = 10_000
const about = (customerId: string) => ({ channelId: "acme", customerId })
const early = Array.from({ length: 10 }, (_, index) => `early-${index}`)
const late = Array.from({ length: 10 }, (_, index) => `late-${index}`)

const converse = async (followUps: OpenFollowUps, customerId: string): Promise<void> => {
  const chat = { ...about(customerId), chatId: "c1" }
  await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
  await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
}

const reasonOf = (error: unknown): string => (error instanceof FollowUpsError ? error.reason : String(error))

test("R7, R9, R16: what was acknowledged is kept, what is due is sent after, what was answered counts, nothing twice", async () => {
  const providers = new Providers()
  const clock = quickClock(START_MS, SPEED)
  const held = Promise.withResolvers<SendResult>()
  providers.answer = (deliveryId) =>
    deliveryId === "acme/held/c1/m2/xms" ? held.promise : Promise.resolve({ _tag: "Accepted" })
  const database = postgresDatabase({ ...server().options, schema: "outage" })
  const patient = { timeoutMs: 60_000, graceMs: 1_000, maxAttempts: 5, backoffMs: 2_000 }
  const followUps = await openOn(database, providers, clock, { engine: { send: patient, leaseMs: 90_000 } })
  await followUps.channel({
    id: "acme",
    country: "KR",
    plan: { kind: "paid" },
    settings: { email: false },
    integrations: { push: true },
  })
  for (const id of [...early, ...late])
    await followUps.customer({ channelId: "acme", id, phone: "010-1234-5678", pushTokens: ["t"] })
  await followUps.customer({ channelId: "acme", id: "held", phone: "010-1234-5678" })
  await Promise.all([...early, "held"].map((id) => converse(followUps, id)))
  await until("the pushes are out", () => providers.asked.length === early.length + 1)
  const dueMs = clock.now() + 30_000

  const acknowledged: Array<string> = []
  const refusals: Array<string> = []
  const over = new AbortController()
  const load = (async () => {
    for (let index = 0; !over.signal.aborted; index++) {
      const messageId = `load-${index}`
      await followUps
        .message({ ...about("busy"), chatId: "c1", messageId, from: "customer", text: "Hello?" })
        .then(
          () => acknowledged.push(messageId),
          (error: unknown) => refusals.push(reasonOf(error)),
        )
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()

  await until("the pushes are nearly due", () => clock.now() > dueMs - 15_000)
  await server().stop()
  const goneMs = clock.now()
  const away = await Promise.allSettled(late.map((id) => converse(followUps, id)))
  expect(away.map((one) => one.status === "rejected" && reasonOf(one.reason))).toEqual(
    late.map(() => "store"),
  )
  held.resolve({ _tag: "Accepted" })
  await until("the database was away for long", () => clock.now() >= Math.max(dueMs, goneMs + OUTAGE_MS))
  expect(providers.asked).toHaveLength(early.length + 1)
  await server().start()
  await until("the engine works again", async () =>
    converse(followUps, "late-0").then(
      () => true,
      () => false,
    ),
  )
  await Promise.all(late.map((id) => converse(followUps, id)))
  over.abort()
  await load

  const texts = async (ids: ReadonlyArray<string>) =>
    (await Promise.all(ids.map((id) => followUps.sentTo(about(id)))))
      .flat()
      .flatMap((entry) => (entry._tag === "Delivery" && entry.via === "xms" ? [entry] : []))
  const all = [...early, ...late, "held"]
  await until("every text is settled", async () => {
    const settled = (await texts(all)).filter(({ outcome }) => outcome !== "pending")
    return settled.length === all.length
  })
  const sent = await texts(all)
  expect(providers.doubled).toEqual([])
  // A claim that broke as it was committed may be of a message that nobody sent: that is uncertain, never sent twice.
  const isAsked = new Set(providers.asked)
  for (const { deliveryId, outcome } of sent)
    expect([deliveryId, outcome]).toEqual([deliveryId, isAsked.has(deliveryId) ? "accepted" : "uncertain"])
  expect((await followUps.usage("acme")).reservedPu).toBe(0)
  expect((await texts(["held"])).map(({ outcome }) => outcome)).toEqual(["accepted"])

  expect(new Set(refusals)).toEqual(new Set(["store"]))
  expect(acknowledged.length).toBeGreaterThan(10)
  const kept = new Set<string>()
  for await (const { event } of followUps.events({ after: 0 }))
    if (
      event._tag === "MessageRecorded" &&
      kept.add(event.messageId) &&
      event.messageId === acknowledged.at(-1)
    )
      break
  expect([...kept]).toEqual(expect.arrayContaining(acknowledged))
  await followUps.close()
})
