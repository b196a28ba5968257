import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { whatsapp } from "../../src/transports/whatsapp/index.ts"
import { attempt, secrets, snsMessage } from "../transports/http/local-provider.ts"
import { fetchWith, prismOn } from "./prism.ts"

// Known gaps: the file demands a User-Agent like "name/1.2.3", has no errors, and its pattern for a button's index
// leaves out 0 and 1, although its own examples have them.
const USER_AGENT = { "user-agent": "followup/0.1.0" }

let prism: Awaited<ReturnType<typeof prismOn>>
beforeAll(async () => {
  prism = await prismOn("whatsapp-business-messaging_v23.yaml")
}, 90_000)
afterAll(() => prism.stop())

const sendWith = async (index?: number) => {
  const { fetch, answers } = fetchWith(USER_AGENT)
  const button = index === undefined ? {} : { linkButton: { base: "https://shop.example/chat/", index } }
  const templates = { "*": { name: "reply_waiting", language: "en_US", ...button } }
  const transport = whatsapp({
    accessToken: secrets.token,
    phoneNumberId: "106540352242922",
    templates,
    baseUrl: prism.baseUrl,
    fetch,
  })
  return { result: await transport.send(snsMessage(), attempt()), answer: answers.join() }
}

describe("WhatsApp's published API", () => {
  test.each([undefined, 2])("R9: takes the template message, with a button %s", async (index) => {
    expect((await sendWith(index)).result).toEqual({ _tag: "Accepted" })
  })
  test("refuses the first button for its index alone", async () => {
    const { result, answer } = await sendWith(0)
    expect(result).toMatchObject({ _tag: "Rejected", code: "422" })
    const findings: ReadonlyArray<{ location: string[]; message: string }> = JSON.parse(answer).validation
    expect(findings.filter(({ location }) => location.includes("template"))).toEqual([
      expect.objectContaining({ location: ["body", "template", "components", "1", "index"] }),
    ])
  })
})
