/**
 * The customers' phones: they show what arrives, and Mina's app says that it did.
 */
import type {
  AnyTransport,
  OpenFollowUps,
  PushMessage,
  SendContext,
  SnsMessage,
  Transport,
  XmsMessage,
} from "../../src/engine/index.ts"
import { consoleTransport } from "../../src/transports/console/index.ts"

/** How long a phone takes to say that something arrived. */
const ARRIVAL_MS = 2_000

/** What the phones need: somewhere to draw, a clock to wait on, and, once it is open, followup to tell. */
export interface Surroundings {
  readonly write: (text: string) => void
  readonly sleep: (ms: number) => Promise<void>
  readonly followUps: () => OpenFollowUps
}

/** Transports that end on the terminal: push, a messaging app that Jun has blocked, and the phone network. */
export const phones = ({ write, sleep, followUps }: Surroundings): ReadonlyArray<AnyTransport> => {
  const arrives = (status: "received" | "delivered", { deliveryId }: SendContext) => {
    sleep(ARRIVAL_MS)
      .then(() => followUps().receipt({ deliveryId, status }))
      .catch(() => undefined)
  }
  const drawnPush = consoleTransport("push", { write })
  const drawnXms = consoleTransport("xms", { write })
  const push: Transport<PushMessage> = {
    ...drawnPush,
    receipts: "app",
    send: async (message, context) => {
      // Jun's phone is switched off: the push service takes the push, and nothing more is heard of it.
      if (message.customerId !== "mina") return { _tag: "Accepted" }
      arrives("received", context)
      return drawnPush.send(message, context)
    },
  }
  const sns: Transport<SnsMessage> = {
    ...consoleTransport("sns"),
    receipts: "provider",
    send: async () => ({ _tag: "Rejected", reason: "blocked" }),
  }
  const xms: Transport<XmsMessage> = {
    ...drawnXms,
    receipts: "handset",
    send: async (message, context) => {
      arrives("delivered", context)
      return drawnXms.send(message, context)
    },
  }
  return [push, sns, xms]
}
