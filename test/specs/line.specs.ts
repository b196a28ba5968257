import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { line } from "../../src/transports/line/index.ts"
import { attempt, secrets, snsMessage } from "../transports/http/local-provider.ts"
import { fetchWith, prismOn } from "./prism.ts"

// Known gap: the file does not look into message objects, so a text message without text passes.

let prism: Awaited<ReturnType<typeof prismOn>>
beforeAll(async () => {
  prism = await prismOn("line-messaging-api.yml")
}, 90_000)
afterAll(() => prism.stop())

const byUser = { userIdOf: async () => `U${"0af1".repeat(8)}` }
const byPhone = { by: "phone" } as const

const send = (way: typeof byUser | typeof byPhone, code: number) => {
  const { fetch } = fetchWith({ prefer: `code=${code}` })
  const transport = line({ ...way, channelAccessToken: secrets.token, baseUrl: prism.baseUrl, fetch })
  return transport.send(snsMessage(), attempt())
}

describe("LINE's published API", () => {
  test.each<[number, object]>([
    [200, { _tag: "Accepted", providerId: "string" }],
    [409, { _tag: "Accepted", providerId: "string" }],
    [400, { _tag: "Rejected", reason: "unknown", code: "400" }],
    [403, { _tag: "Rejected", reason: "config", code: "403" }],
    [429, { _tag: "Rejected", reason: "rate-limited", code: "429" }],
  ])("R9: takes the push message; %i is understood", async (code, expected) => {
    expect(await send(byUser, code)).toMatchObject(expected)
  })
  test.each<[number, object]>([
    [200, { _tag: "Accepted" }],
    [422, { _tag: "Rejected", reason: "unreachable", code: "422" }],
  ])("R9: takes the notification message; %i is understood", async (code, expected) => {
    expect(await send(byPhone, code)).toMatchObject(expected)
  })
  test("refuses a retry key that is no UUID, so the passes above say something", async () => {
    const { fetch } = fetchWith({ "x-line-retry-key": "no-uuid" })
    const transport = line({ ...byUser, channelAccessToken: secrets.token, baseUrl: prism.baseUrl, fetch })
    expect(await transport.send(snsMessage(), attempt())).toMatchObject({ _tag: "Rejected", code: "400" })
  })
})
