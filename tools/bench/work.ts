/**
 * The work that is measured: which channels and customers there are, what managers write, and what the providers,
 * that answer at once, make of it.
 */

import type { PolicyInput } from "../../src/core/policy.ts"
import type {
  AnyTransport,
  MessageCall,
  OpenFollowUps,
  PushMessage,
  ReceiptCall,
  SendResult,
  Transport,
  XmsMessage,
} from "../../src/engine/index.ts"
import type { CustomerKey } from "../../src/ports/store.ts"

/**
 * How a push goes: `received` by the app, `rejected` by every device, or `silent` until it has timed out.
 */
export type PushFate = "received" | "rejected" | "silent"

/** What becomes of follow-ups, one by one in turn, and the wait for a silent push. */
export interface Work {
  readonly fates: readonly [PushFate, ...ReadonlyArray<PushFate>]
  readonly pushTimeoutMs: number
}

/** The works that are measured. */
export const works = {
  /** Reply, push accepted, the app's receipt. */
  received: { fates: ["received"], pushTimeoutMs: 30_000 },
  /** Push rejected or timed out, SNS rejected, XMS with its receipt, email. */
  cascade: { fates: ["rejected", "silent"], pushTimeoutMs: 100 },
  /** The cascade without timers. */
  rejected: { fates: ["rejected"], pushTimeoutMs: 30_000 },
  /** The cascade with timers only. */
  silent: { fates: ["silent"], pushTimeoutMs: 200 },
  /** A push whose receipt does not come while anybody looks. */
  open: { fates: ["silent"], pushTimeoutMs: 86_400_000 },
} as const satisfies Record<string, Work>

/** Hosts have many channels, of which few are busy at a time. */
const CHANNELS = 10

/** The channels. */
export const channelIds: ReadonlyArray<string> = Array.from(
  { length: CHANNELS },
  (_, index) => `channel-${index}`,
)

/** The customers whom all others are copies of, one a channel. */
export const TEMPLATE = "template"

const CHAT = "chat-1"

/** A receipt comes a little after the provider took the message over, never before. */
const RECEIPT_AFTER_MS = 10

/** Since when the customers are away. */
const AWAY_MS = 600_000

/** The customer with this number among those of this name: numbers that follow one another are of all channels. */
export const customerAt = (name: string, number: number): CustomerKey => ({
  channelId: channelIds[number % channelIds.length] ?? "",
  customerId: `${name}-${Math.floor(number / channelIds.length)}`,
})

/** How many copies of each template so many customers take. */
export const copiesFor = (customers: number): number => Math.ceil(customers / channelIds.length)

/** A manager's reply to this customer. */
export const replyTo = (key: CustomerKey): MessageCall => ({
  ...key,
  chatId: CHAT,
  messageId: "reply-1",
  from: "manager",
  authorName: "Sora",
  text: "네, 재고가 있습니다. 오늘 주문하시면 내일 도착해요.",
})

/** Tells the engine of the channels and of their templates, who wrote in a chat and left. */
export const prepare = async (followUps: OpenFollowUps, nowMs: number): Promise<void> => {
  const leftMs = nowMs - AWAY_MS
  const prepareChannel = async (channelId: string) => {
    const key = { channelId, customerId: TEMPLATE }
    await followUps.channel({
      id: channelId,
      name: "Acme",
      country: "KR",
      plan: { kind: "paid" },
      integrations: { push: true, sns: true },
      chatUrl: "https://acme.example/chat/{chat}",
    })
    await followUps.customer({
      channelId,
      id: TEMPLATE,
      name: "Mina",
      locale: "ko",
      phone: "010-1234-5678",
      email: `${TEMPLATE}@example.com`,
      pushTokens: [`token-of-${TEMPLATE}`],
    })
    await followUps.presence({ ...key, sessionId: "tab-1", signal: "active", atMs: leftMs - 2_000 })
    await followUps.message({
      ...key,
      chatId: CHAT,
      messageId: "question-1",
      from: "customer",
      text: "이거 재고 있나요?",
      atMs: leftMs - 1_000,
    })
    await followUps.presence({ ...key, sessionId: "tab-1", signal: "left", atMs: leftMs })
  }
  await Promise.all(channelIds.map(prepareChannel))
}

/** What the policy says where it matters to the work. */
export const policyFor = ({ pushTimeoutMs }: Work): PolicyInput => ({
  cascade: { pushTimeoutMs },
  email: { defaultDomain: "mail.example" },
})

const numberOf = (customerId: string): number => Number(customerId.slice(customerId.lastIndexOf("-") + 1))

/** Providers that answer at once; `tell` takes their receipts, `sent` hears of every message. */
export const providers = (
  { fates }: Work,
  tell: (receipt: ReceiptCall) => void,
  sent: (deliveryId: string) => void = () => {},
): ReadonlyArray<AnyTransport> => {
  const accepted: SendResult = { _tag: "Accepted" }
  const acceptedWith = (receipt: ReceiptCall): SendResult => {
    setTimeout(tell, RECEIPT_AFTER_MS, receipt)
    return accepted
  }
  const push: Transport<PushMessage> = {
    name: "app",
    via: "push",
    receipts: "app",
    idempotency: "key",
    send: async ({ customerId }, { deliveryId }) => {
      sent(deliveryId)
      const fate = fates[numberOf(customerId) % fates.length]
      if (fate === "received") return acceptedWith({ deliveryId, status: "received" })
      return fate === "silent" ? accepted : { _tag: "Rejected", reason: "gone" }
    },
  }
  const xms: Transport<XmsMessage> = {
    name: "texts",
    via: "xms",
    receipts: "handset",
    idempotency: "key",
    send: async (_, { deliveryId }) => {
      sent(deliveryId)
      return acceptedWith({ deliveryId, status: "delivered" })
    },
  }
  const answering = (via: "sns" | "email", receipts: "handset" | "none", result: SendResult) => ({
    name: via,
    via,
    receipts,
    idempotency: "key" as const,
    send: async (_: unknown, { deliveryId }: { readonly deliveryId: string }) => {
      sent(deliveryId)
      return result
    },
  })
  return [
    push,
    answering("sns", "handset", { _tag: "Rejected", reason: "blocked" }),
    xms,
    answering("email", "none", accepted),
  ]
}
