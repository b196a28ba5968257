import { FollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"
import { consoleTransport } from "followup/transports/console"

const transports = [consoleTransport("xms"), consoleTransport("email")]
const policy = { email: { defaultDomain: "mail.acme.example" } }
const followUps = await FollowUps.open({ store: sqlite(":memory:"), transports, policy })
await followUps.channel({ id: "acme", name: "Acme", country: "KR", plan: { kind: "free" } })
await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678", email: "mina@example.com" })
const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is, in all sizes." })
for await (const { event } of followUps.events({ after: 0 })) if (event._tag === "FollowUpClosed") break
console.log((await followUps.explain({ ...chat, messageId: "m2" })).sentence)
await followUps.close()
