import { describe, test } from "vitest"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { solapiXms } from "../../../src/transports/solapi/index.ts"

const apiKey = "apikey-apikey"

describe("the transport contract over solapi", () => {
  const cases = transportContract(
    (baseUrl, timeoutMs) =>
      solapiXms({ apiKey, apiSecret: "s3cret-s3cret", from: "0212345678", baseUrl, timeoutMs }),
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
        text: `네. ${mark}`,
      }),
      answers: {
        accepted: { status: 200, body: { messageId: "M4V1", groupId: "G4V1", statusCode: "2000" } },
        rejected: {},
      },
      lookups: {
        sent: {
          answer: (deliveryId) => ({
            status: 200,
            body: {
              messageList: {
                M1: { messageId: "M1", statusCode: "3000", customFields: { followup0: deliveryId } },
              },
            },
          }),
          result: { _tag: "Accepted" },
        },
      },
      secrets: [apiKey, "s3cret-s3cret", "821012345678", "1012345678"],
    },
  )
  for (const { name, run } of cases) test(name, run)
})
