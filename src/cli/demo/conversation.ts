/**
 * A conversation that ends in follow-ups, played on the engine itself and thirty times as fast as life. Mina's phone
 * takes the push; Jun's is switched off and the messaging app blocked, so that a text and an email follow. Rules R1, R2,
 * R6–R9, R13, R16, R20.
 * @since 0.1.0
 */
import { setTimeout as sleepMs } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { UsageReport } from "../../core/billing/usage.ts"
import type { Explanation } from "../../core/history/explain.ts"
import { narrate } from "../../core/history/narrate.ts"
import type { PostLogEntry } from "../../core/history/post-log.ts"
import { FollowUps, type OpenFollowUps, type OpenOptions } from "../../engine/index.ts"
import type { EmailMessage, Transport } from "../../ports/transport.ts"
import { type Page, paint, row } from "../page.ts"
import { fastClock } from "./fast-clock.ts"
import { phones } from "./phones.ts"

const SPEED = 30

/** 15 s, in the story's time: after so long nothing more is waited for. */
const GIVE_UP_MS = 450_000

/** The default price book has email free until the end of 2027, so the story is set before that. R18. */
const STARTS_MS = Date.UTC(2026, 0, 5, 9)

const expected: ReadonlyArray<string> = [
  "mina push received 0",
  "jun push timed-out 0",
  "jun sns blocked 0",
  "jun email accepted 0",
  "jun xms delivered 10",
]

/** Where a demonstration plays. @since 0.1.0 */
export interface Stage extends Pick<OpenOptions, "store"> {
  readonly page: Page
  /** Takes what is shown while it plays. */
  readonly write: (text: string) => void
  /** What takes mail, in place of a mailbox on the terminal. */
  readonly email?: Transport<EmailMessage>
}

/** Something that happened, by which rule; UTC epoch ms. @since 0.1.0 */
export interface Step {
  readonly atMs: number
  readonly rule: string
  readonly customerId: string
  readonly what: string
}

/** What a demonstration came to. @since 0.1.0 */
export interface Played {
  /** Whether the post log is what the rules let happen: customer, way, outcome and PU of each line. */
  readonly asExpected: boolean
  readonly expected: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
  /** The post log, newest first. */
  readonly entries: ReadonlyArray<PostLogEntry>
  readonly usage: UsageReport
  /** Why Jun's reply was sent as it was. */
  readonly explanation: Explanation
}

const summary = (entry: PostLogEntry): string =>
  entry._tag === "Delivery"
    ? `${entry.customerId} ${entry.via} ${entry.outcome} ${entry.pu}`
    : `${entry.customerId} excluded ${entry.reason}`

const mina = { channelId: "acme", customerId: "mina" }
const jun = { channelId: "acme", customerId: "jun" }

const sleep = (ms: number): Promise<void> => sleepMs(ms / SPEED)

const setUp = async (followUps: OpenFollowUps): Promise<void> => {
  await followUps.channel({
    id: "acme",
    name: "Acme",
    country: "KR",
    plan: { kind: "free" },
    integrations: { push: true, sns: true },
    chatUrl: "https://acme.example/chat/{chat}",
  })
  await followUps.customer({
    channelId: "acme",
    id: "mina",
    name: "Mina",
    locale: "en",
    pushTokens: ["mina-phone"],
  })
  await followUps.customer({
    channelId: "acme",
    id: "jun",
    name: "Jun",
    locale: "ko",
    phone: "010-1234-5678",
    email: "jun@example.com",
    pushTokens: ["jun-phone"],
  })
}

const converse = async (followUps: OpenFollowUps): Promise<void> => {
  const minasChat = { ...mina, chatId: "c1" }
  const junsChat = { ...jun, chatId: "c2" }
  const sora = { from: "manager", authorName: "Sora" } as const
  await followUps.presence({ ...mina, sessionId: "tab-1", signal: "active" })
  await followUps.presence({ ...jun, sessionId: "tab-9", signal: "active" })
  await followUps.message({ ...minasChat, messageId: "m1", from: "customer", text: "Is it in stock?" })
  await followUps.message({ ...junsChat, messageId: "m2", from: "customer", text: "언제 배송되나요?" })
  await sleep(3_000)
  await followUps.presence({ ...mina, sessionId: "tab-1", signal: "left" })
  await sleep(6_000)
  await followUps.message({ ...minasChat, ...sora, messageId: "m3", text: "It is, in all sizes." })
  await followUps.message({ ...junsChat, ...sora, messageId: "m4", text: "내일 도착합니다." })
  await sleep(5_000)
  await followUps.presence({ ...jun, sessionId: "tab-9", signal: "hidden" })
}

// Until both customers' follow-ups are complete.
const stepsOf = async (followUps: OpenFollowUps, { page, write }: Stage): Promise<ReadonlyArray<Step>> => {
  const steps: Array<Step> = []
  let complete = 0
  for await (const { key, event } of followUps.events({ after: 0 })) {
    const step = { atMs: event.atMs, rule: event.rule, customerId: key.customerId, what: narrate(event) }
    steps.push(step)
    const cells = [
      { text: `${((step.atMs - STARTS_MS) / 1_000).toFixed(1)} s`.padStart(6), columns: 6, style: "dim" },
      { text: step.rule, columns: 3, style: "cyan" },
      { text: step.customerId, columns: 4, style: "bold" },
    ] as const
    write(`${row(page, cells, step.what)}\n`)
    if (event._tag === "FollowUpClosed") complete += 1
    if (complete === 2) break
  }
  return steps
}

const play = async (followUps: OpenFollowUps, narrated: Promise<unknown>): Promise<Omit<Played, "steps">> => {
  await setUp(followUps)
  await converse(followUps)
  const enough = new AbortController()
  await Promise.race([narrated, sleepMs(GIVE_UP_MS / SPEED, undefined, { signal: enough.signal })])
  enough.abort()
  const entries = await followUps.log({ channelId: "acme" })
  return {
    asExpected: isDeepStrictEqual(entries.map(summary).toSorted(), expected.toSorted()),
    expected,
    entries,
    usage: await followUps.usage("acme"),
    explanation: await followUps.explain({ ...jun, messageId: "m4" }),
  }
}

/** Plays the conversation, shows it as it goes, and waits until nothing is on its way any more. R20. @since 0.1.0 */
export const playConversation = async (stage: Stage): Promise<Played> => {
  const { page, write, store } = stage
  const drawing = { write, color: page.color }
  const own = phones({ drawing, sleep, receipt: (call) => followUps.receipt(call) })
  const followUps: OpenFollowUps = await FollowUps.open({
    store,
    clock: fastClock(SPEED, STARTS_MS),
    transports: [own.push, own.sns, own.xms, stage.email ?? own.email],
    policy: { email: { defaultDomain: "mail.example" } },
    // A mail server may be a real one, which does not run thirty times as fast.
    engine: {
      send: { timeoutMs: 15_000 * SPEED, graceMs: 1_000 * SPEED, maxAttempts: 3, backoffMs: 2_000 },
      leaseMs: 25_000 * SPEED,
    },
  })
  write(`${paint(page, "bold", `A conversation at Acme, ${SPEED} times as fast as life`)}\n`)
  const narrated = stepsOf(followUps, stage)
  // Closing ends the narration, if nothing else did.
  const played = await play(followUps, narrated).finally(() => followUps.close())
  return { ...played, steps: await narrated }
}
