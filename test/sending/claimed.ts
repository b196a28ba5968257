import type { ClaimedItem, OutboxMessage } from "../../src/ports/store.ts"
import type { PushMessage, Transport } from "../../src/ports/transport.ts"
import { byVia, type Part, partsOf } from "../../src/sending/providers.ts"

/** A push service of this name, whose calls nobody makes. */
export const pushBy = (name: string, more: Partial<Transport<PushMessage>> = {}): Transport<PushMessage> => ({
  name,
  via: "push",
  receipts: "app",
  idempotency: "none",
  send: async () => ({ _tag: "Accepted" }),
  ...more,
})

/** A push to these devices that was claimed; worth sending before 100 s. */
export const claimed = (tokens: ReadonlyArray<string>, change: Partial<ClaimedItem> = {}): ClaimedItem => {
  const key = { channelId: "acme", customerId: "cust-1" }
  const message: OutboxMessage = {
    ...key,
    via: "push",
    chatId: "c1",
    tokens,
    title: "Acme",
    body: "Yes.",
    link: null,
  }
  return {
    deliveryId: "acme/cust-1/c1/m2/push",
    followUpId: "acme/cust-1/c1/m2",
    key,
    via: "push",
    message,
    expiresAtMs: 100_000,
    providers: [],
    attempt: 1,
    interrupted: false,
    cancelled: false,
    refused: [],
    ...change,
  }
}

/** Its parts, one a device, as these services would take them. */
export const partsBy = (
  services: ReadonlyArray<Transport<PushMessage>>,
  { message }: ClaimedItem,
): ReadonlyArray<Part> => partsOf(byVia(services), message, () => {})
