/** The world of the engine's tests in sentences: a channel, its customers, and what they and its managers do. */

import type { PostedDelivery } from "../../src/core/history/post-log.ts"
import type { ReceiptCall } from "../../src/engine/index.ts"
import { START_MS, World, type WorldOptions } from "./engine-world.ts"

export const acme = {
  id: "acme",
  name: "Acme",
  country: "KR",
  plan: { kind: "free" },
  integrations: { push: true, sns: true },
} as const

export const jieun = {
  channelId: "acme",
  id: "cust-1",
  phone: "010-1234-5678",
  email: "cust-1@example.com",
  pushTokens: ["t1"],
}

export const whose = { channelId: "acme", customerId: "cust-1" }

export interface StoryOptions extends WorldOptions {
  readonly channel?: object
  readonly customer?: object
}

/** Opens a world in which the channel and the customer are known, unless a directory knows them. */
export const openStory = async ({ channel, customer, ...options }: StoryOptions = {}) => {
  const world = await World.open({
    policy: { autoText: { prefix: "", suffix: "" } },
    ...options,
  })
  if (options.directory === undefined) {
    await world.call((engine) => engine.channel({ ...acme, ...channel }))
    await world.call((engine) => engine.customer({ ...jieun, ...customer }))
  }
  return storyIn(world)
}

/** The sentences over a world that is open. Instants are ms from the start. */
export const storyIn = (world: World) => {
  const message = (
    ms: number,
    from: "customer" | "manager",
    messageId: string,
    { customerId = "cust-1", text = "Yes, it is." } = {},
  ) =>
    world
      .at(ms)
      .then(() =>
        world.call((engine) =>
          engine.message({ channelId: "acme", customerId, chatId: "c1", messageId, from, text }),
        ),
      )
  const log = async (customerId = "cust-1") =>
    await world.call((engine) => engine.sentTo({ channelId: "acme", customerId }))
  return {
    world,
    asks: (ms: number, messageId = "m1", more = {}) => message(ms, "customer", messageId, more),
    replies: (ms: number, messageId = "m2", more = {}) => message(ms, "manager", messageId, more),
    signals: async (ms: number, signal: "active" | "hidden" | "visible" | "left", sessionId = "tab-1") => {
      await world.at(ms)
      await world.call((engine) => engine.presence({ ...whose, sessionId, signal }))
    },
    reads: async (ms: number, upTo = "m2") => {
      await world.at(ms)
      await world.call((engine) => engine.read({ ...whose, chatId: "c1", upTo }))
    },
    receipt: async (ms: number, via: string, status: ReceiptCall["status"] = "delivered") => {
      await world.at(ms)
      const deliveryId = `acme/cust-1/c1/m2/${via}`
      await world.call((engine) => engine.receipt({ deliveryId, status }))
    },
    /** What transports were called for, as `via@ms#attempt`; a question about a delivery as `via?@ms#attempt`. */
    calls: () =>
      world.sent.map(
        ({ via, isLookup, atMs, context }) =>
          `${via}${isLookup ? "?" : ""}@${atMs - START_MS}#${context.attempt}`,
      ),
    /** How the customer's deliveries stand, as `via outcome@ms`. */
    outcomes: async (customerId = "cust-1") =>
      (await log(customerId))
        .filter((entry): entry is PostedDelivery => entry._tag === "Delivery")
        .map(({ via, outcome, settledAtMs }) =>
          settledAtMs === null ? `${via} ${outcome}` : `${via} ${outcome}@${settledAtMs - START_MS}`,
        ),
    exclusions: async (customerId = "cust-1") =>
      (await log(customerId)).flatMap((entry) => (entry._tag === "Exclusion" ? [entry.reason] : [])),
    usedPu: async () => {
      const { usedPu, reservedPu } = await world.call((engine) => engine.usage("acme"))
      return { usedPu, reservedPu }
    },
  }
}
