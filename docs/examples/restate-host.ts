import { serve } from "@restatedev/restate-sdk"
import { followUpsOnRestate } from "followup/restate"
import { consoleTransport } from "followup/transports/console"

// #region services
const onRestate = followUpsOnRestate({ transports: [consoleTransport("xms")] })

/** The process that decides and sends: register it with Restate once it listens. */
export const listen = (port: number) => serve({ services: onRestate.services, port })

/** Any process that has something to tell. */
export const tell = async (ingressUrl: string) => {
  const followUps = onRestate.connect({ url: ingressUrl })
  await followUps.channel({ id: "acme", name: "Acme", country: "KR", plan: { kind: "free" } })
  await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678" })
  const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
  await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
  await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is, in all sizes." })
  console.log((await followUps.explain({ ...chat, messageId: "m2" })).sentence)
}
// #endregion
