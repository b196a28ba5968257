import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { FollowUps } from "../../../src/engine/index.ts"
import { memory } from "../../../src/stores/memory/index.ts"
import { solapiSns, solapiWebhook, solapiXms } from "../../../src/transports/solapi/index.ts"
import { account, solapiServer } from "./solapi-server.ts"

const webhookSecret = "webhook-s3cret"

test("R9: an AlimTalk that is taken over and then blocked is followed by an SMS, and only by one", async () => {
  await using solapi = await solapiServer()
  const options = { ...account, baseUrl: solapi.baseUrl }
  const webhook = solapiWebhook({ ...options, webhookSecret })
  const followUps = await FollowUps.open({
    store: memory(),
    transports: [
      solapiSns({ ...options, pfId: "KA01PF", templateId: "KA01TP", variables: { content: "text" } }),
      solapiXms({ ...options, from: "0212345678" }),
    ],
  })
  // Solapi's report, after which the host applies what the webhook read.
  const report = async (messageId: string, statusCode: string) => {
    const stored = solapi.messages.find((one) => one.messageId === messageId) ?? expect.fail()
    stored.statusCode = statusCode
    const request = new Request("https://chat.example/webhooks/solapi", {
      method: "POST",
      headers: { "x-solapi-secret": createHash("sha1").update(webhookSecret).digest("hex") },
      body: JSON.stringify([{ messageId }]),
    })
    const { events, response } = await webhook(request)
    expect(response.status).toBe(204)
    for (const event of events) {
      if (event._tag !== "Receipt") continue
      const { _tag, ...receipt } = event
      await followUps.receipt(receipt)
    }
  }
  try {
    await followUps.channel({
      id: "acme",
      name: "Acme",
      country: "KR",
      plan: { kind: "paid" },
      integrations: { sns: true },
    })
    await followUps.customer({ channelId: "acme", id: "미나", phone: "010-1234-5678" })
    const chat = { channelId: "acme", customerId: "미나", chatId: "c1" }
    await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "재고 있나요?" })
    await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "네, 있습니다." })
    for await (const { event } of followUps.events({ after: 0 })) {
      if (event._tag === "DeliveryAccepted" && event.via === "sns") await report("M4V0", "3107")
      if (event._tag === "DeliveryAccepted" && event.via === "xms") await report("M4V1", "4000")
      if (event._tag === "FollowUpClosed") break
    }
    const log = await followUps.log({ channelId: "acme" })
    const deliveries = log.flatMap((entry) => (entry._tag === "Delivery" ? [[entry.via, entry.outcome]] : []))
    expect(new Map(deliveries.map(([via = "", outcome]) => [via, outcome]))).toEqual(
      new Map([
        ["sns", "blocked"],
        ["xms", "delivered"],
      ]),
    )
  } finally {
    await followUps.close()
  }
  const asked = solapi.requests
    .filter(({ method }) => method === "POST")
    .map(({ body }) => JSON.parse(body).message)
  expect(asked.map(({ type, to }) => [type, to])).toEqual([
    ["ATA", "01012345678"],
    ["SMS", "01012345678"],
  ])
})
