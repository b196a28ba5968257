import { describe, test } from "vitest"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { twilio } from "../../../src/transports/twilio/index.ts"

const authToken = "t0ken-t0ken-t0ken"

describe("the transport contract over twilio", () => {
  const cases = transportContract(
    (baseUrl, timeoutMs) =>
      twilio({
        accountSid: `AC${"0".repeat(32)}`,
        auth: { authToken },
        sender: { from: "+15005550006" },
        statusCallback: "https://host.example/twilio",
        baseUrl,
        timeoutMs,
      }),
    {
      counterpart: httpCounterpart(),
      message: (mark) => ({
        channelId: "acme",
        customerId: "cust-1",
        chatId: "c1",
        to: "+821012345678",
        country: "KR",
        kind: "SMS",
        segments: 1,
        text: `It is. ${mark}`,
      }),
      answers: {
        accepted: { status: 201, body: { sid: `SM${"0".repeat(32)}`, status: "queued" } },
        rejected: {
          "21610": {
            answer: { status: 400, body: { code: 21_610, message: "unsubscribed", status: 400 } },
            reason: "opted-out",
          },
        },
      },
      secrets: [authToken, "821012345678"],
    },
  )
  for (const { name, run } of cases) test(name, run)
})
