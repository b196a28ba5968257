/** Texts through several gateways: what the tests of providers have in common. */
import type { RejectReason } from "../../src/core/send-result.ts"
import type { SendResult } from "../../src/engine/index.ts"
import { type Provider, START_MS } from "./engine-world.ts"
import type { storyIn } from "./story.ts"

/** Texts by XMS alone, through the providers given. */
export const texts = {
  channel: { settings: { email: false }, integrations: {}, plan: { kind: "paid" } },
  customer: { pushTokens: [] },
}

export const refused = (reason: RejectReason, retryAfterMs?: number): SendResult => ({
  _tag: "Rejected",
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

export const xms = (name: string, then: Provider["then"], more: Partial<Provider> = {}): Provider => ({
  via: "xms",
  name,
  receipts: "none",
  ...(then !== undefined && { then }),
  ...more,
})

export type Story = ReturnType<typeof storyIn>

/** What providers were called for, as `name@ms`; a question as `name?@ms`. */
export const callsOf = (story: Story): ReadonlyArray<string> =>
  story.world.sent.map(
    ({ provider, isLookup, atMs }) => `${provider}${isLookup ? "?" : ""}@${atMs - START_MS}`,
  )

/** Customers with a phone number; each is sent a text of their own. */
export const customers = async (story: Story, ids: ReadonlyArray<string>) => {
  for (const id of ids)
    await story.world.call((engine) => engine.customer({ channelId: "acme", id, phone: "010-1234-5678" }))
}
export const textTo = async (story: Story, customerId: string, ms: number) => {
  await story.asks(ms, "m1", { customerId })
  await story.replies(ms, "m2", { customerId })
}
