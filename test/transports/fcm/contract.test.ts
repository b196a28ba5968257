import { generateKeyPairSync } from "node:crypto"
import { describe, test } from "vitest"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { fcm } from "../../../src/transports/fcm/index.ts"

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
})
const token = "cT9x:APA91b"
const accessToken = "ya29.secret"

describe("the transport contract over fcm", () => {
  const cases = transportContract(
    (baseUrl, timeoutMs) =>
      fcm({
        serviceAccount: {
          project_id: "acme",
          client_email: "push@acme.example",
          private_key: privateKey,
          token_uri: `${baseUrl}/token`,
        },
        baseUrl,
        timeoutMs,
      }),
    {
      counterpart: httpCounterpart({
        aside: {
          "/token": {
            status: 200,
            body: { access_token: accessToken, expires_in: 3_600, token_type: "Bearer" },
          },
        },
      }),
      message: (mark) => ({
        channelId: "acme",
        customerId: "cust-1",
        chatId: "c1",
        title: "Acme",
        link: null,
        token,
        body: mark,
      }),
      answers: {
        accepted: { status: 200, body: { name: "projects/acme/messages/0:15" } },
        rejected: {
          UNREGISTERED: {
            answer: {
              status: 404,
              body: {
                error: {
                  code: 404,
                  status: "NOT_FOUND",
                  details: [
                    {
                      "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                      errorCode: "UNREGISTERED",
                    },
                  ],
                },
              },
            },
            reason: "gone",
          },
        },
      },
      secrets: [token, accessToken],
    },
  )
  for (const { name, run } of cases) test(name, run)
})
