/**
 * The customers' phones: they show what arrives, and say that it did.
 * @since 0.1.0
 */
import type { ReceiptCall } from "../../ports/calls.ts"
import type { EmailMessage, PushMessage, SnsMessage, Transport, XmsMessage } from "../../ports/transport.ts"
import { type ConsoleOptions, consoleTransport } from "../../transports/console/index.ts"

/** How long a message is under way. */
const UNDER_WAY_MS = 2_000

/** What phones need: somewhere to draw, a clock to wait on, and followup to tell what arrived. @since 0.1.0 */
export interface PhoneSurroundings {
  readonly drawing: ConsoleOptions
  readonly sleep: (ms: number) => Promise<void>
  readonly receipt: (call: ReceiptCall) => Promise<void>
}

/** One transport for each way to a phone. @since 0.1.0 */
export interface Phones {
  readonly push: Transport<PushMessage>
  readonly sns: Transport<SnsMessage>
  readonly xms: Transport<XmsMessage>
  readonly email: Transport<EmailMessage>
}

/**
 * Transports that end on the terminal: push, which finds Jun's phone switched off, a messaging app that Jun has
 * blocked, the phone network, and mail. R6, R7, R9.
 * @since 0.1.0
 */
export const phones = ({ drawing, sleep, receipt }: PhoneSurroundings): Phones => {
  const arriving = <M>(drawn: Transport<M>, status?: ReceiptCall["status"]): Transport<M> => ({
    ...drawn,
    send: async (message, context) => {
      const arrive = async () => {
        await sleep(UNDER_WAY_MS)
        await drawn.send(message, context)
        if (status !== undefined) await receipt({ deliveryId: context.deliveryId, status })
      }
      // What is under way when the demonstration ends stays so.
      arrive().catch(() => undefined)
      return { _tag: "Accepted" }
    },
  })
  const push = arriving(consoleTransport("push", drawing), "received")
  return {
    push: {
      ...push,
      receipts: "app",
      // The push service takes what is for a phone that is off as well, and nothing more is heard of it.
      send: async (message, context) =>
        message.customerId === "mina" ? push.send(message, context) : { _tag: "Accepted" },
    },
    sns: {
      ...consoleTransport("sns"),
      receipts: "provider",
      send: async () => ({ _tag: "Rejected", reason: "blocked" }),
    },
    xms: { ...arriving(consoleTransport("xms", drawing), "delivered"), receipts: "handset" },
    email: arriving(consoleTransport("email", drawing)),
  }
}
