import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { consoleTransport } from "followup/transports/console"

const transports = [consoleTransport("xms", { write: () => {} })]

// #region prices
const policy = {
  prices: [
    { kind: "SMS", country: "KR", pu: 12 },
    { kind: "SMS", country: "*", pu: 60 },
    // Free for a limited time: a price of 0 that ends, and the one after it.
    { kind: "EMAIL", country: "*", pu: 0, validUntil: "2030-01-01T00:00:00Z" },
    { kind: "EMAIL", country: "*", pu: 5, validFrom: "2030-01-01T00:00:00Z" },
  ],
} as const
const followUps = await FollowUps.open({ store: memory(), transports, policy })
// #endregion

// #region free
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })
await followUps.recordUsage({ channelId: "acme", id: "campaign-3", kind: "SMS", pu: 720, messages: 60 })
const { usedPu, limitPu, leftPu } = await followUps.usage("acme")
const notices = await followUps.notices("acme")
console.log(
  `${usedPu} of ${limitPu} PU used, ${leftPu} left; told: ${notices.map(({ kind }) => kind).join()}`,
)
// #endregion

// #region paid
const paid = { id: "acme", country: "KR", plan: { kind: "paid", prepaidPu: 500 } } as const
const prepaid = async () => (await followUps.usage("acme")).prepaidPu
await followUps.channel(paid)
console.log(`come to the plan: ${await prepaid()} prepaid`)
await followUps.channel(paid)
console.log(`said again: ${await prepaid()}`)
await followUps.topUp({ channelId: "acme", id: "order-7", pu: 500 })
await followUps.topUp({ channelId: "acme", id: "order-7", pu: 500 })
console.log(`topped up: ${await prepaid()}`)
// #endregion

await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678" })
const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
for await (const { event } of followUps.events({ after: 0 })) if (event._tag === "FollowUpClosed") break
const { byKind, byPurpose } = await followUps.usage("acme")
console.log(`after a text: ${await prepaid()}`)
console.log(
  `${byKind.SMS.messages} SMS, ${byKind.SMS.pu} PU, of which follow-ups ${byPurpose["follow-up"].pu} PU`,
)
await followUps.close()
