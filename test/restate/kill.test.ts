import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { FollowUpEvent } from "../../src/core/customer/event.ts"
import { followUpsOnRestate, type RestateFollowUps } from "../../src/restate/index.ts"
import { noServerBecause, type RestateServer, STARTS_WITHIN_MS, startRestate } from "./restate-server.ts"
import type { ServiceProcess } from "./service-process.ts"

/** How often the server and the services are killed, each. `FOLLOWUP_RESTATE_KILLS=10` is the long version. */
const KILLS = Number(process.env["FOLLOWUP_RESTATE_KILLS"] ?? 2)
const CUSTOMERS_PER_KILL = 20
const STREAMS = 12
const DOWN_MS = 300
const CLOSES_WITHIN_MS = 60_000
const PUSH_TIMEOUT_MS = 1_000
/** How long news of what may have been sent is awaited. */
const NEWS_WITHIN_MS = 2_000

const counterpartProgram = new URL("./counterpart-process.ts", import.meta.url)
const serviceProgram = new URL("./service-process.ts", import.meta.url)

const startProcess = async (
  program: URL,
  argument: string,
): Promise<{ child: ChildProcess; said: string }> => {
  const child = spawn(process.execPath, ["--no-warnings", fileURLToPath(program), argument], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const [said] = await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error(`${program.pathname} ended`))),
  ])
  return { child, said: String(said).trim() }
}

const kill = async (child: ChildProcess): Promise<void> => {
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

const count = (events: ReadonlyArray<FollowUpEvent>, tag: FollowUpEvent["_tag"]): number =>
  events.filter((event) => event._tag === tag).length

describe.skipIf(noServerBecause !== undefined)(`killed while inputs stream ${noServerBecause ?? ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "followup-kill-"))
  let server: RestateServer
  let counterpart: ChildProcess
  let service: ChildProcess
  let startService: () => Promise<void>
  let log: () => Promise<ReadonlyArray<string>>
  let followUps: RestateFollowUps

  beforeAll(async () => {
    server = await startRestate()
    const started = await startProcess(counterpartProgram, join(folder, "sent.log"))
    counterpart = started.child
    const url = `http://127.0.0.1:${started.said}`
    const options: ServiceProcess = {
      port: await freePort(),
      counterpart: url,
      policy: { cascade: { pushTimeoutMs: PUSH_TIMEOUT_MS, receiptDeadlineMs: NEWS_WITHIN_MS } },
    }
    startService = async () => {
      service = (await startProcess(serviceProgram, JSON.stringify(options))).child
    }
    log = async () => (await (await fetch(url)).text()).split("\n").filter((line) => line !== "")
    await startService()
    await server.register(`http://127.0.0.1:${options.port}`)
    followUps = followUpsOnRestate().connect({
      url: server.ingress,
      maxInFlight: STREAMS,
      timeoutMs: 3_000,
      maxAttempts: 200,
      maxBackoffMs: 500,
    })
    await followUps.channel({
      id: "acme",
      country: "KR",
      plan: { kind: "paid" },
      integrations: { push: true },
    })
  }, STARTS_WITHIN_MS)
  afterAll(async () => {
    for (const child of [service, counterpart]) await kill(child)
    await server.close()
    rmSync(folder, { recursive: true })
  })

  /** One customer's story, in order, each part acknowledged before the next. Every third one has no device. */
  const tellStory = async (id: string, index: number): Promise<void> => {
    const device = (["answers", "silent", "none"] as const)[index % 3]
    const whose = { channelId: "acme", customerId: id }
    const chat = { ...whose, chatId: "c1" }
    await followUps.customer({
      channelId: "acme",
      id,
      phone: "010-1234-5678",
      email: `${id}@example.com`,
      pushTokens: device === "none" ? [] : ["t1"],
    })
    await followUps.presence({ ...whose, sessionId: "s1", signal: "active" })
    await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
    await followUps.presence({ ...whose, sessionId: "s1", signal: "left" })
    await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
    if (device === "answers")
      await followUps.receipt({ deliveryId: `acme/${id}/c1/m2/push`, status: "received" })
  }

  const untilClosed = async (id: string, deadlineMs: number): Promise<ReadonlyArray<FollowUpEvent>> => {
    for (;;) {
      const events = await followUps.history({ channelId: "acme", customerId: id })
      if (count(events, "FollowUpClosed") === 1) return events
      if (Date.now() > deadlineMs)
        throw new Error(`${id} is not closed: ${events.map(({ _tag }) => _tag).join()}`)
      await pause(100)
    }
  }

  /** Tells customers' stories, as many at a time as there are streams, while `strike` runs again and again. */
  const survives = async (prefix: string, strike: () => Promise<void>) => {
    const ids = Array.from({ length: KILLS * CUSTOMERS_PER_KILL }, (_, index) => `${prefix}-${index}`)
    const left = [...ids.entries()]
    let strikes = 0
    const stream = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await tellStory(next[1], next[0])
    }
    const striking = async () => {
      while (strikes < KILLS) {
        const told = ids.length - left.length
        // Spread over the stream, so that each finds inputs, sends and timers under way.
        if (told >= (strikes + 0.5) * CUSTOMERS_PER_KILL) {
          strikes++
          await strike()
        }
        await pause(10)
      }
    }
    await Promise.all([striking(), ...Array.from({ length: STREAMS }, stream)])
    const deadlineMs = Date.now() + CLOSES_WITHIN_MS
    const histories = new Map<string, ReadonlyArray<FollowUpEvent>>()
    for (const id of ids) histories.set(id, await untilClosed(id, deadlineMs))
    const sent = (await log()).filter((key) => key.startsWith(`acme/${prefix}-`))
    return { ids, histories, sent, strikes }
  }

  const nothingIsLostOrDoubled = ({
    ids,
    histories,
    sent,
    strikes,
  }: Awaited<ReturnType<typeof survives>>) => {
    expect(strikes).toBe(KILLS)
    const requested: string[] = []
    let uncertain = 0
    for (const id of ids) {
      const events = histories.get(id) ?? []
      const messages = events.flatMap((event) => (event._tag === "MessageRecorded" ? [event.messageId] : []))
      expect(messages, id).toEqual(["m1", "m2"])
      expect(count(events, "FollowUpStarted"), id).toBe(1)
      for (const event of events) {
        if (event._tag === "DeliveryRequested")
          requested.push(event.via === "push" ? `${event.deliveryId}/0` : event.deliveryId)
        if (event._tag === "DeliverySettled" && event.outcome === "uncertain") uncertain++
      }
    }
    // One delivery has one key, and a provider that honours keys sends once for each.
    expect(new Set(requested).size).toBe(requested.length)
    const by = (via: RegExp, keys: ReadonlyArray<string>) => keys.filter((key) => via.test(key)).toSorted()
    expect(by(/\/xms$/, [...new Set(sent)])).toEqual(by(/\/xms$/, requested))
    // A push is not sent once its time is over.
    const pushes = by(/\/push\/0$/, requested)
    expect(by(/\/push\/0$/, sent).filter((key) => !pushes.includes(key))).toEqual([])
    // Where keys are not honoured, nothing is sent twice; what may have been sent is said to be uncertain.
    const emails = by(/\/email$/, sent)
    expect(new Set(emails).size).toBe(emails.length)
    const missing = by(/\/email$/, requested).filter((key) => !emails.includes(key))
    expect(missing.length).toBeLessThanOrEqual(uncertain)
    const repeated = sent.length - new Set(sent).size
    console.log(
      `${strikes} kills, ${ids.length} follow-ups, ${requested.length} deliveries, ${repeated} repeated with the same key, ${uncertain} uncertain`,
    )
  }

  test("R7, R20: the services: nothing is lost, nothing is doubled", { timeout: 600_000 }, async () => {
    nothingIsLostOrDoubled(
      await survives("service", async () => {
        await kill(service)
        await pause(DOWN_MS)
        await startService()
      }),
    )
  })

  test("R7, R20: the server: nothing is lost, nothing is doubled", { timeout: 600_000 }, async () => {
    nothingIsLostOrDoubled(
      await survives("server", async () => {
        await server.kill()
        await pause(DOWN_MS)
        await server.start()
      }),
    )
  })
})
