import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { resend } from "../../docs/examples/resend.ts"
import { emailMessage, secrets } from "../transports/http/email-message.ts"
import { attempt } from "../transports/http/local-provider.ts"
import { fetchWith, prismOn } from "./prism.ts"

// Known gaps: the file declares 200 only, and lets a tag have any value.

let prism: Awaited<ReturnType<typeof prismOn>>
beforeAll(async () => {
  prism = await prismOn("resend.yaml")
}, 90_000)
afterAll(() => prism.stop())

const send = async (headers: Record<string, string> = {}, message = emailMessage(), path = "") => {
  const { fetch } = fetchWith(headers)
  const transport = resend({ apiKey: secrets.apiKey, baseUrl: `${prism.baseUrl}${path}`, fetch })
  return transport.send(message, attempt({ deliveryId: "acme/cust%201/c1/m2/email" }))
}

describe("Resend's published API", () => {
  test("R13: takes the mail", async () => {
    expect(await send()).toEqual({ _tag: "Accepted", providerId: expect.any(String) })
  })
  test("R13: takes a mail without further headers, of a channel whose name needs quotes", async () => {
    const message = emailMessage({ headers: {}, from: { name: "Acme, Inc.", address: "chat@acme.example" } })
    expect(await send({}, message)).toMatchObject({ _tag: "Accepted" })
  })
  test("R13: understands an answer made up from the schema alone, whatever it says", async () => {
    expect(["Accepted", "Uncertain"]).toContain((await send({ prefer: "dynamic=true" }))._tag)
  })
  test("refuses no credentials, a long key and a wrong path: the passes above say something", async () => {
    expect(await send({ authorization: "" })).toMatchObject({ _tag: "Rejected", reason: "auth" })
    expect(await send({ "idempotency-key": "k".repeat(257) })).toMatchObject({
      _tag: "Rejected",
      code: "422",
    })
    expect(await send({}, emailMessage(), "/elsewhere")).toMatchObject({ _tag: "Rejected", reason: "config" })
  })
})
