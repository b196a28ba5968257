/**
 * Scenarios in real time, on the timers that Restate keeps: nobody wakes the customers but it. One minute of a scenario
 * lasts a second, so that instants come out roughly; what is sent and what becomes of it comes out exactly.
 */
import { readFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import * as Result from "effect/Result"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { EventOf } from "../../src/core/customer/event.ts"
import { postLog } from "../../src/core/history/post-log.ts"
import type { AnyTransport, SendContext, SendResult, Via } from "../../src/restate/index.ts"
import { durationMs } from "../../src/testing/simulator/duration.ts"
import { decodeScenario, inOrder, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { answersOf } from "../../src/testing/simulator/script.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"
import { openEndpoint } from "./endpoint.ts"
import { noServerBecause, type RestateServer, STARTS_WITHIN_MS, startRestate } from "./restate-server.ts"
import { tell, withOwnChannel } from "./scenario-player.ts"

const SPEED = 60
const WITHIN_MS = 20_000

const scenarioOf = (name: string): Scenario => {
  const result = decodeScenario(JSON.parse(readFileSync(`docs/examples/scenarios/${name}.json`, "utf8")))
  if (Result.isFailure(result)) throw new Error(JSON.stringify(result.failure.issues))
  return result.success
}

/** What was sent and withheld, in an order that does not hang on instants. */
const essence = (history: Parameters<typeof postLog>[0]): ReadonlyArray<string> =>
  postLog(history)
    .map((line) =>
      line._tag === "Delivery"
        ? [line.customerId, line.via, line.kind, line.pu, line.text, line.outcome].join(" | ")
        : [line.customerId, line.rule, line.reason, line.messageIds.join("+")].join(" | "),
    )
    .toSorted()

describe.skipIf(noServerBecause !== undefined)(`Restate's timers ${noServerBecause ?? ""}`, () => {
  let server: RestateServer
  beforeAll(async () => {
    server = await startRestate()
  }, STARTS_WITHIN_MS)
  afterAll(() => server.close())

  test.each([
    ["R7: a silent push falls back after its wait", "R7-push-silent"],
    ["R2: who shows no activity is offline after theirs", "R2-left-hidden-or-inactive"],
    ["R9: a silent SNS hands over after its own", "R9-sns-silent"],
  ])("%s", async (_, name) => {
    const scenario = withOwnChannel(scenarioOf(name))
    const channelId = scenario.channel.id
    const startMs = Date.now()
    const now = () => Math.floor(startMs + (Date.now() - startMs) * SPEED)
    const waitUntil = (atMs: number) => pause(Math.max(0, (atMs - now()) / SPEED))
    const receipts: Promise<unknown>[] = []
    const transports = (["push", "sns", "xms", "email"] as const).map((via: Via) => ({
      name: via,
      via,
      receipts: "handset" as const,
      idempotency: "none" as const,
      send: async (__: unknown, { deliveryId }: SendContext): Promise<SendResult> => {
        const asked = { via, deliveryId, atMs: now() } as EventOf<"DeliveryRequested">
        const [answer, receipt] = answersOf(scenario.transports?.[via], asked)
        if (receipt?._tag === "Receipt")
          receipts.push(
            waitUntil(receipt.atMs).then(() => followUps.receipt({ deliveryId, status: receipt.status })),
          )
        await waitUntil(answer?.atMs ?? 0)
        if (answer?._tag !== "SendAnswered" || answer.result._tag === "Withdrawn")
          throw new Error("no answer")
        return answer.result
      },
    })) as AnyTransport[]
    const { followUps, close } = await openEndpoint(server, {
      policy: scenario.policy ?? {},
      transports,
      clock: { now, lasts: (ms) => ms / SPEED },
    })
    await followUps.channel({ chatUrl: "https://{channel}.example/chat/{chat}", ...scenario.channel })
    for (const customer of scenario.customers) await followUps.customer({ channelId, ...customer })
    const beganMs = now()
    for (const { happening, atMs } of inOrder(scenario.timeline)) {
      await waitUntil(beganMs + atMs)
      await tell(followUps, channelId, happening)
    }
    const expected = essence(simulate(scenario).events)
    expect(expected.length).toBeGreaterThan(0)
    let seen: ReadonlyArray<string> = []
    for (const deadlineMs = Date.now() + WITHIN_MS; Date.now() < deadlineMs; await pause(50)) {
      const histories = scenario.customers.map(async ({ id }) =>
        (await followUps.history({ channelId, customerId: id })).map((event) => ({ customerId: id, event })),
      )
      seen = essence((await Promise.all(histories)).flat())
      const isOver = JSON.stringify(seen) === JSON.stringify(expected)
      if (isOver || now() > beganMs + durationMs(scenario.until)) break
    }
    expect(seen).toEqual(expected)
    await Promise.all(receipts)
    await close()
  })
})
