import { type Directory, FollowUps, type Webhook } from "followup/engine"
import { memory } from "followup/stores/memory"
import { consoleTransport } from "followup/transports/console"

// In place of your own tables.
const shops = new Map([["acme", { title: "Acme", country: "KR", isPaying: false, hasApp: false }]])
const users = new Map([["mina", { mobile: "010-1234-5678", language: "ko", takesTexts: true }]])
const transports = [consoleTransport("xms", { write: () => {} })]

// In place of a provider's webhook: Mina answered STOP.
const stopped = { _tag: "OptedOut", channelId: "acme", customerId: "mina", via: "text" } as const
const gateway: Webhook = async () => ({ events: [stopped], response: new Response(null, { status: 204 }) })

// #region directory
const directory: Directory = {
  channel: async (id) => {
    const shop = shops.get(id)
    if (shop === undefined) return undefined
    const { title: name, country, isPaying, hasApp } = shop
    const plan = { kind: isPaying ? "paid" : "free" } as const
    return { id, name, country, plan, integrations: { push: hasApp } }
  },
  customer: async (_channelId, id) => {
    const user = users.get(id)
    if (user === undefined) return undefined
    return { id, phone: user.mobile, locale: user.language, optedOut: user.takesTexts ? [] : ["text"] }
  },
}
const followUps = await FollowUps.open({ store: memory(), transports, directory })
const handle = followUps.handler({
  webhooks: { gateway },
  onEvent: (event) => {
    const user = event._tag === "OptedOut" ? users.get(event.customerId) : undefined
    if (user !== undefined) user.takesTexts = false
  },
})
// #endregion

const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
const after = async (messageId: string) => {
  await followUps.message({ ...chat, messageId, from: "manager", text: "It is." })
  for await (const { event } of followUps.events({ after: 0 }))
    if (event._tag === "FollowUpClosed" && event.followUpId.includes(messageId)) break
  return (await followUps.explain({ ...chat, messageId })).sentence
}
await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
console.log(await after("m2"))
console.log((await handle(new Request("https://acme.example/followup/webhooks/gateway"))).status)
console.log(await after("m3"))
await followUps
  .message({ ...chat, channelId: "bolt", messageId: "m1", from: "customer", text: "Hi" })
  .catch((error: { readonly reason: string }) => console.log(error.reason))
await followUps.close()
