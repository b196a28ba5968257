/**
 * What a customer and the managers do, drawn by lot from the seed and the customer's number. Each story ends with the
 * customer gone, so that every reply that they have not read is followed up.
 */
import type { CustomerCall, MessageCall, PresenceCall, ReadCall } from "../../src/engine/index.ts"
import type { Told } from "./evidence.ts"
import { lot, lotBetween, lotOf, type Names } from "./lot.ts"
import { channels } from "./setting.ts"

/** One thing that is told, so long after the one before. Instants are filled in when it is told. */
export type Step = { readonly afterMs: number } & (
  | { readonly call: "customer"; readonly input: CustomerCall }
  | { readonly call: "presence"; readonly input: Omit<PresenceCall, "atMs"> }
  | { readonly call: "message"; readonly input: Omit<MessageCall, "atMs"> }
  | {
      readonly call: "read"
      readonly input: Omit<ReadCall, "atMs">
      readonly messageIds: ReadonlyArray<string>
    }
)

interface Country {
  readonly phone: (number: number) => string
  readonly words: string
  readonly locale: string
}

const digits = (number: number, count: number): string => String(number % 10 ** count).padStart(count, "0")

const countries: Readonly<Record<string, Country>> = {
  KR: { phone: (number) => `010-${digits(number, 4)}-5678`, words: "네, 재고가 있습니다. ", locale: "ko" },
  JP: { phone: (number) => `090-${digits(number, 4)}-5678`, words: "はい、ございます。", locale: "ja" },
  US: { phone: (number) => `212-555-${digits(number, 4)}`, words: "Yes, it is in stock. ", locale: "en" },
}

const LONGEST_WORDS = 12
const LONGEST_WAIT_MS = 700

/** Writes a story down, step by step. */
const teller = (seed: number, index: number, channelId: string) => {
  const customerId = `cust-${index}`
  const steps: Array<Step> = []
  const whose = { channelId, customerId }
  const chat = { ...whose, chatId: `chat-${index}` }
  const messageIds: Array<string> = []
  const draw = (...names: Names) => lot(seed, index, steps.length, ...names)
  const between = (min: number, max: number, name: string) =>
    lotBetween(min, max, seed, index, steps.length, name)
  const afterMs = () => between(0, LONGEST_WAIT_MS, "wait")
  return {
    whose,
    draw,
    between,
    steps,
    contact: (input: Omit<CustomerCall, "channelId" | "id">) =>
      steps.push({ afterMs: 0, call: "customer", input: { channelId, id: customerId, ...input } }),
    presence: (sessionId: string, signal: PresenceCall["signal"]) =>
      steps.push({ afterMs: afterMs(), call: "presence", input: { ...whose, sessionId, signal } }),
    message: (from: MessageCall["from"], words: string, purpose: "chat" | "marketing" = "chat") => {
      const messageId = `m${messageIds.length + 1}`
      messageIds.push(messageId)
      const text = `${customerId} ${messageId} ${words.repeat(between(1, LONGEST_WORDS, "words"))}`
      steps.push({ afterMs: afterMs(), call: "message", input: { ...chat, messageId, from, purpose, text } })
    },
    read: () =>
      steps.push({
        afterMs: afterMs(),
        call: "read",
        input: { ...chat, upTo: messageIds.at(-1) ?? "" },
        messageIds: [...messageIds],
      }),
  }
}

type Teller = ReturnType<typeof teller>

const reactions: ReadonlyArray<readonly [number, (tell: Teller, words: string) => void]> = [
  [8, () => {}],
  [3, (tell) => tell.read()],
  [3, (tell) => tell.presence("tab-1", "active")],
  [2, (tell, words) => tell.message("customer", words)],
  [3, (tell, words) => tell.message("manager", words)],
]

const round = (tell: Teller, words: string, seed: number): void => {
  for (let replies = tell.between(1, 2, "replies"); replies > 0; replies--) tell.message("manager", words)
  if (tell.draw("marketing") < 0.1) tell.message("manager", words, "marketing")
  if (tell.draw("bot") < 0.1) tell.message("bot", words)
  // Left, hidden, or simply silent for as long as makes a customer inactive.
  const way = tell.draw("way")
  if (way < 0.6) tell.presence("tab-1", way < 0.4 ? "left" : "hidden")
  lotOf(reactions, seed, tell.whose.customerId, tell.steps.length, "reaction")(tell, words)
}

/** One customer's story. */
export const storyOf = (seed: number, index: number): ReadonlyArray<Step> => {
  const channel = channels[lotBetween(0, channels.length - 1, seed, index, "channel")]
  const country = countries[channel?.country ?? "KR"]
  if (channel === undefined || country === undefined) throw new Error("expected a channel of a known country")
  const tell = teller(seed, index, channel.id)
  const devices = lotOf(
    [
      [4, 0],
      [4, 1],
      [2, 2],
    ],
    seed,
    index,
    "devices",
  )
  tell.contact({
    locale: country.locale,
    ...(tell.draw("phone") < 0.9 && { phone: country.phone(index) }),
    ...(tell.draw("email") < 0.8 && { email: `${tell.whose.customerId}@example.com` }),
    pushTokens: Array.from({ length: devices }, (_, device) => `token-${index}-${device}`),
  })
  const sessions = tell.draw("seen") < 0.85 ? ["tab-1"] : []
  if (sessions.length > 0 && tell.draw("two tabs") < 0.3) sessions.push("tab-2")
  for (const session of sessions) tell.presence(session, "active")
  if (tell.draw("manager first") > 0.08) tell.message("customer", country.words)
  for (let rounds = tell.between(1, 3, "rounds"); rounds > 0; rounds--) round(tell, country.words, seed)
  for (const session of new Set([...sessions, "tab-1"])) tell.presence(session, "left")
  return tell.steps
}

/** What a step tells, as the audit looks for it; `undefined` for contacts, which leave no event. */
export const toldBy = (step: Step, atMs: number): Told | undefined => {
  switch (step.call) {
    case "customer":
      return undefined
    case "presence": {
      const { channelId, customerId, sessionId } = step.input
      return { call: "presence", channelId, customerId, sessionId, atMs }
    }
    case "message": {
      const { channelId, customerId, chatId, messageId, from } = step.input
      return { call: "message", channelId, customerId, chatId, messageId, from }
    }
    case "read": {
      const { channelId, customerId, chatId } = step.input
      return { call: "read", channelId, customerId, chatId, messageIds: step.messageIds }
    }
  }
}
