/**
 * A real conversation that ends in real follow-ups, thirty times as fast as life: a SQLite file, the rules, an SMTP
 * server on loopback. Exits 0 only if everything came out as the rules say.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as sleepMs } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import { FollowUps, type OpenFollowUps } from "../../src/engine/index.ts"
import { narrate, type PostLogEntry } from "../../src/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { smtp } from "../../src/transports/smtp/index.ts"
import { fastClock } from "./fast-clock.ts"
import { type Mailbox, openMailbox } from "./mailbox.ts"
import { phones } from "./phones.ts"

const SPEED = 30
/** In the product's time; the demonstration gives up then, 15 s after it began. */
const GIVE_UP_MS = 450_000

const useColor = process.env["NO_COLOR"] ? false : process.stdout.isTTY || Boolean(process.env["FORCE_COLOR"])
const paint = (code: number, text: string) => (useColor ? `\u001b[${code}m${text}\u001b[0m` : text)
const print = (text = "") => process.stdout.write(`${text}\n`)
const heading = (text: string) => print(`\n${paint(1, text)}`)

const clock = fastClock(SPEED)
const startsMs = clock.now()
const offset = (atMs: number) => `${((atMs - startsMs) / 1_000).toFixed(1)} s`.padStart(8)
const sleep = (ms: number) => sleepMs(ms / SPEED)

const expected = [
  "mina push received 0",
  "jun push timed-out 0",
  "jun sns blocked 0",
  "jun email accepted 0",
  "jun xms delivered 10",
]

const summary = (entry: PostLogEntry): string =>
  entry._tag === "Delivery"
    ? `${entry.customerId} ${entry.via} ${entry.outcome} ${entry.pu}`
    : `${entry.customerId} excluded ${entry.reason}`

const settled = async (followUps: OpenFollowUps): Promise<ReadonlyArray<string>> => {
  for (;;) {
    const log = (await followUps.log({ channelId: "acme" })).toReversed().map(summary)
    if (isDeepStrictEqual(log.toSorted(), expected.toSorted()) || clock.now() - startsMs > GIVE_UP_MS)
      return log
    await sleep(1_000)
  }
}

const narrateEvents = async (followUps: OpenFollowUps): Promise<void> => {
  for await (const { key, event } of followUps.events({ after: 0 }))
    print(
      `${paint(2, offset(event.atMs))}  ${event.rule.padEnd(3)}  ${paint(36, key.customerId.padEnd(4))}  ${narrate(event)}`,
    )
}

const play = async (followUps: OpenFollowUps): Promise<void> => {
  const mina = { channelId: "acme", customerId: "mina" }
  const jun = { channelId: "acme", customerId: "jun" }
  await followUps.presence({ ...mina, sessionId: "tab-1", signal: "active" })
  await followUps.presence({ ...jun, sessionId: "tab-9", signal: "active" })
  await followUps.message({
    ...mina,
    chatId: "c1",
    messageId: "m1",
    from: "customer",
    text: "Is it in stock?",
  })
  await followUps.message({
    ...jun,
    chatId: "c2",
    messageId: "m2",
    from: "customer",
    text: "언제 배송되나요?",
  })
  await sleep(3_000)
  await followUps.presence({ ...mina, sessionId: "tab-1", signal: "left" })
  await sleep(6_000)
  await followUps.message({
    ...mina,
    chatId: "c1",
    messageId: "m3",
    from: "manager",
    authorName: "Sora",
    text: "It is, in all sizes.",
  })
  await followUps.message({
    ...jun,
    chatId: "c2",
    messageId: "m4",
    from: "manager",
    authorName: "Sora",
    text: "내일 도착합니다.",
  })
  await sleep(5_000)
  await followUps.presence({ ...jun, sessionId: "tab-9", signal: "hidden" })
}

const report = async (
  followUps: OpenFollowUps,
  mailbox: Mailbox,
  log: ReadonlyArray<string>,
): Promise<void> => {
  heading("The email that Jun's mail server received")
  for (const mail of mailbox.mails) {
    for (const { originalKey, value } of mail.headers)
      print(`${paint(2, `${originalKey}:`)} ${value.replaceAll(/\s+/g, " ")}`)
    print(`\n${mail.subject ?? ""}\n\n${mail.text?.trimEnd() ?? ""}`)
  }
  heading("Usage of the channel")
  const usage = await followUps.usage("acme")
  print(`${usage.usedPu} of ${usage.limitPu} PU used; an SMS to Korea costs 10 PU, email is free for now`)
  heading("Post log")
  for (const line of log) print(`  ${line.replace(/ (\d+)$/, "  $1 PU")}`)
  heading("Why was Jun's reply m4 sent the way it was?")
  const explanation = await followUps.explain({ channelId: "acme", customerId: "jun", messageId: "m4" })
  print(explanation.sentence)
  print(explanation.otherwise)
}

const main = async (folder: string, mailbox: Mailbox): Promise<boolean> => {
  const mailer = smtp({ host: "127.0.0.1", port: mailbox.port })
  const followUps: OpenFollowUps = await FollowUps.open({
    store: sqlite(join(folder, "followup.sqlite")),
    clock,
    transports: [
      ...phones({ write: (text) => process.stdout.write(text), sleep, followUps: () => followUps }),
      mailer,
    ],
    policy: { email: { defaultDomain: "mail.example" } },
    // The SMTP server is real and does not run thirty times as fast.
    engine: {
      send: { timeoutMs: 15_000 * SPEED, graceMs: 1_000 * SPEED, maxAttempts: 3, backoffMs: 2_000 },
      leaseMs: 25_000 * SPEED,
    },
  })
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
  heading(`A conversation at Acme, ${SPEED} times as fast as life`)
  const narrated = narrateEvents(followUps)
  await play(followUps)
  const log = await settled(followUps)
  await report(followUps, mailbox, log)
  await followUps.close()
  await narrated
  await mailer.close()
  const asExpected = isDeepStrictEqual(log.toSorted(), expected.toSorted()) && mailbox.mails.length === 1
  heading(
    asExpected
      ? paint(32, "Everything came out as the rules say.")
      : paint(31, "Something came out otherwise; expected:"),
  )
  if (!asExpected) for (const line of expected) print(`  ${line}`)
  return asExpected
}

const folder = await mkdtemp(join(tmpdir(), "followup-demo-"))
const mailbox = await openMailbox()
try {
  process.exitCode = (await main(folder, mailbox)) ? 0 : 1
} finally {
  await mailbox.close()
  await rm(folder, { recursive: true, force: true })
}
