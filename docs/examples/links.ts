import { FollowUps } from "followup/engine"
import { signedLinks } from "followup/links"
import { memory } from "followup/stores/memory"
import { consoleTransport } from "followup/transports/console"

// #region links
const links = signedLinks({
  keys: [process.env["FOLLOWUP_KEY"] ?? "only for this example, not for you"],
  baseUrl: "https://acme.example/followup",
})
const transports = [consoleTransport("xms"), consoleTransport("email")]
const followUps = await FollowUps.open({ store: memory(), transports, links })
await followUps.channel({
  id: "acme",
  country: "KR",
  plan: { kind: "free" },
  chatUrl: "https://acme.example/c/{token}",
})
// #endregion

await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678", email: "mina@example.com" })
const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is, in all sizes." })
for await (const { event } of followUps.events({ after: 0 })) if (event._tag === "FollowUpClosed") break

// #region resume
const whose = async (url: string) => {
  const resumed = await followUps.resume(new URL(url).pathname.replace("/c/", ""))
  // Sign the customer in and show the chat, or say that the link has ended and ask them to sign in themselves.
  return resumed._tag === "Resumed" ? resumed.chatId : resumed.reason
}
// #endregion

console.log(await whose("https://acme.example/c/1AAAAAAAAAAAAAAAAAAAA"))
await followUps.revoke(chat)
await followUps.close()
