import { once } from "node:events"
import { getRequestListener } from "@hono/node-server"
import * as Logger from "effect/Logger"
import express, { type RequestHandler } from "express"
import { expect, test } from "vitest"
import { FollowUps } from "../../src/engine/index.ts"
import { signedLinks } from "../../src/links/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { hmac } from "../../src/transports/http/index.ts"
import { lineWebhook } from "../../src/transports/line/index.ts"

const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"
const webhooks = { line: lineWebhook({ channelSecret }) }
const links = signedLinks({
  keys: ["first key, 32 characters or more."],
  baseUrl: "https://acme.example/followup",
})

/** A host over Express with something in front of the handler, and what is answered and logged. */
const hostWith = async (inFront: RequestHandler) => {
  const logged: Array<string> = []
  const observe = Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])
  const followUps = await FollowUps.open({ store: memory(), links, observe })
  const app = express()
  app.use(inFront)
  app.all(
    "/followup/*path",
    getRequestListener(followUps.handler({ webhooks }), { overrideGlobalObjects: false }),
  )
  const server = app.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
  return {
    logged,
    post: async (path: string, body: string, headers: Readonly<Record<string, string>>) =>
      (await fetch(`${origin}/followup/${path}`, { method: "POST", body, headers })).status,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await followUps.close()
    },
  }
}

const json = { "content-type": "application/json" }
const form = { "content-type": "application/x-www-form-urlencoded" }
const news = JSON.stringify({ destination: "U8e742f61d673b39c7fff3cecb7536ef0", events: [] })
const signature = { "x-line-signature": hmac("sha256", channelSecret, news, "base64") }
const unsubscribe = links.seal("unsubscribe", JSON.stringify(["acme", "mina"]))

test.each([
  ["a webhook, signed", "webhooks/line", news, { ...json, ...signature }],
  ["a webhook, by whomever", "webhooks/line", news, json],
  ["a receipt of a push", "received", '{"token":"1"}', json],
  ["a click that ends mails", `unsubscribe/${unsubscribe}`, "List-Unsubscribe=One-Click", form],
])("R9: %s whose body a parser in front has read is 503 and said", async (_what, path, body, headers) => {
  await using host = await hostWith((request, response, next) =>
    express.json()(request, response, () => express.urlencoded()(request, response, next)),
  )
  expect(await host.post(path, body, headers)).toBe(503)
  expect(host.logged).toEqual([expect.stringContaining("is there a body parser in front?")])
})

test("R9: a parser in front that keeps the bytes as they came, in rawBody, does no harm", async () => {
  await using host = await hostWith(
    express.json({ verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }) }),
  )
  expect(await host.post("webhooks/line", news, { ...json, ...signature })).toBe(204)
  expect(await host.post("webhooks/line", news, json)).toBe(401)
  expect(host.logged).toEqual([])
})

test("R20: a request without a body is as wrong as it was", async () => {
  await using host = await hostWith(express.json())
  expect(await host.post("webhooks/line", "", json)).toBe(401)
  expect(await host.post("received", "", json)).toBe(400)
  expect(host.logged).toEqual([])
})

test("R9: a webhook that is called without the handler says so itself", async () => {
  const request = new Request("https://acme.example/line", { method: "POST", body: news })
  await request.text()
  await expect(webhooks.line(request)).rejects.toThrow("is there a body parser in front?")
})
