import { createHmac } from "node:crypto"
import { describe, test } from "vitest"
import {
  type ExpectedRejection,
  type HttpAnswer,
  httpCounterpart,
  transportContract,
} from "../../../src/testing/transport-contract.ts"
import { tagOf } from "../../../src/transports/line/delivery-tag.ts"
import { line, lineWebhook } from "../../../src/transports/line/index.ts"
import { secrets, snsMessage } from "../http/local-provider.ts"

const userId = `U${"0af1".repeat(8)}`
const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"
const message = (mark: string) => snsMessage({ text: `${secrets.text} ${mark}` })

const rejected: Readonly<Record<string, ExpectedRejection<HttpAnswer>>> = {
  "400 about the recipient": {
    answer: { status: 400, body: { message: secrets.to, details: [{ property: "to" }] } },
    reason: "invalid-address",
  },
  "400 about the text": {
    answer: { status: 400, body: { message: secrets.text, details: [{ property: "messages[0].text" }] } },
    reason: "content",
  },
  "401": { answer: { status: 401, body: { message: "Authentication failed" } }, reason: "auth" },
  "403": { answer: { status: 403, body: { message: "not available" } }, reason: "config" },
  "429": {
    answer: { status: 429, body: { message: "You have reached your monthly limit." } },
    reason: "rate-limited",
    retryAfterMs: 30_000,
  },
}

const requestOf = (...events: ReadonlyArray<object>): Request => {
  const body = JSON.stringify({ destination: userId, events })
  const signature = createHmac("sha256", channelSecret).update(body).digest("base64")
  return new Request("https://host.example/line", {
    method: "POST",
    headers: { "content-type": "application/json", "x-line-signature": signature },
    body,
  })
}

describe("R9: LINE by user id", () => {
  const contract = transportContract(
    (baseUrl: string, timeoutMs) =>
      line({ channelAccessToken: secrets.token, userIdOf: async () => userId, baseUrl, timeoutMs }),
    {
      counterpart: httpCounterpart(),
      message,
      answers: {
        accepted: { status: 200, body: { sentMessages: [{ id: "461230966842064897" }] } },
        rejected,
      },
      secrets: [...Object.values(secrets), userId],
      webhook: {
        receive: lineWebhook({ channelSecret }),
        requests: () =>
          ["unfollow", "follow"].map((type) => requestOf({ type, source: { type: "user", userId } })),
      },
    },
  )
  for (const { name, run } of contract) test(name, run)
})

describe("R9: LINE by phone number", () => {
  const contract = transportContract(
    (baseUrl: string, timeoutMs) =>
      line({ channelAccessToken: secrets.token, by: "phone", baseUrl, timeoutMs }),
    {
      counterpart: httpCounterpart(),
      message,
      answers: {
        accepted: { status: 200, headers: { "x-line-request-id": "123e4567-e89b" }, body: {} },
        rejected: {
          ...rejected,
          "422": {
            answer: { status: 422, body: { message: "Failed to send messages" } },
            reason: "unreachable",
          },
        },
      },
      secrets: Object.values(secrets),
      webhook: {
        receive: lineWebhook({ channelSecret }),
        requests: () =>
          ["acme/cust/c1/m1/sns", "acme/cust/c1/m2/sns"].map((deliveryId) =>
            requestOf({
              type: "delivery",
              delivery: { data: tagOf(deliveryId) },
              timestamp: 1_767_603_600_000,
            }),
          ),
      },
    },
  )
  for (const { name, run } of contract) test(name, run)
})
