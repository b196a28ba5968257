import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import { type LineOptions, line } from "../../../src/transports/line/index.ts"
import { connectionCases } from "../http/connection-cases.ts"
import {
  answer,
  attempt,
  type Behaviour,
  hang,
  leaksIn,
  localProvider,
  nobody,
  secrets,
  snsMessage,
} from "../http/local-provider.ts"

const userId = `U${"0af1".repeat(8)}`
const sent = { sentMessages: [{ id: "461230966842064897", quoteToken: "q" }] }
const byUser = { channelAccessToken: secrets.token, userIdOf: async () => userId }
const byPhone = { channelAccessToken: secrets.token, by: "phone" } as const
const ways: ReadonlyArray<readonly [name: string, options: LineOptions, success: Behaviour]> = [
  ["by user", byUser, answer(200, sent)],
  ["by phone", byPhone, answer(200, {}, { "x-line-request-id": "123e4567-e89b-12d3-a456-426655440001" })],
]

const sendTo = async (behaviour: Behaviour, options: LineOptions = byUser) => {
  await using provider = await localProvider(behaviour)
  const transport = line({ ...options, baseUrl: provider.baseUrl, timeoutMs: 200 })
  const result = await transport.send(snsMessage(), attempt())
  expect(leaksIn(result)).toEqual([])
  expect(JSON.stringify(result)).not.toContain(userId)
  return { result, received: provider.received }
}

describe("by user", () => {
  test("R9: the request is LINE's push message with a retry key, and is accepted", async () => {
    const { result, received } = await sendTo(answer(200, sent))
    expect(result).toEqual({ _tag: "Accepted", providerId: "461230966842064897" })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/v2/bot/message/push",
      headers: {
        authorization: `Bearer ${secrets.token}`,
        "content-type": "application/json",
        "x-line-retry-key": expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
      },
    })
    expect(received[0]?.headers).not.toHaveProperty("x-line-delivery-tag")
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({
      to: userId,
      messages: [{ type: "text", text: `${secrets.text}\n${secrets.link}` }],
    })
  })

  test("R9: one key for one idempotency key, and another for another", async () => {
    await using provider = await localProvider(answer(200, sent))
    const transport = line({ ...byUser, baseUrl: provider.baseUrl })
    for (const idempotencyKey of ["k1", "k1", "k2"])
      await transport.send(snsMessage(), attempt({ idempotencyKey }))
    const [first, second, third] = provider.received.map(({ headers }) => headers["x-line-retry-key"])
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  test("R9: a key that was accepted before is a success", async () => {
    const message = "The retry key is already accepted"
    const before = { "x-line-accepted-request-id": "123e4567-e89b-12d3-a456-426655440001" }
    expect((await sendTo(answer(409, { message, ...sent }, before))).result).toEqual({
      _tag: "Accepted",
      providerId: "461230966842064897",
    })
    expect((await sendTo(answer(409, { message }, before))).result).toEqual({ _tag: "Accepted" })
    expect((await sendTo(answer(409, { message: "something else" }))).result).toMatchObject({
      _tag: "Uncertain",
    })
  })

  test.each<[string, () => Promise<string | undefined>, object]>([
    ["no user id", async () => undefined, { reason: "invalid-address", code: "no-user" }],
    ["a group's id", async () => `C${"0af1".repeat(8)}`, { reason: "invalid-address", code: "user-id" }],
    ["a user id and more", async () => `${userId}0`, { reason: "invalid-address", code: "user-id" }],
    ["more and a user id", async () => ` ${userId}`, { reason: "invalid-address", code: "user-id" }],
    [
      "a rejection",
      async () => Promise.reject(new Error(secrets.to)),
      { reason: "unreachable", retryAfterMs: 30_000 },
    ],
    [
      "an error thrown",
      () => {
        throw new Error(secrets.to)
      },
      { reason: "unreachable", retryAfterMs: 30_000 },
    ],
    ["no answer in time", () => new Promise(() => {}), { reason: "unreachable", retryAfterMs: 30_000 }],
  ])("R9: %s is a refusal, and LINE is not asked", async (_, userIdOf, expected) => {
    const { result, received } = await sendTo(answer(200, sent), { ...byUser, userIdOf })
    expect(result).toMatchObject({ _tag: "Rejected", ...expected })
    expect(received).toEqual([])
  })

  test("R9: an abort while the user id is looked up settles at once: nothing was sent", async () => {
    const controller = new AbortController()
    const transport = line({ ...byUser, userIdOf: () => new Promise(() => {}), baseUrl: await nobody() })
    const result = transport.send(snsMessage(), attempt({ signal: controller.signal }))
    controller.abort()
    expect(await result).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
    const again = transport.send(snsMessage(), attempt({ signal: controller.signal }))
    expect(await again).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
  })
})

describe("by phone", () => {
  test("R9: the request is LINE's notification message with a delivery tag and no retry key", async () => {
    const { result, received } = await sendTo(ways[1]?.[2] ?? hang, byPhone)
    expect(result).toEqual({ _tag: "Accepted", providerId: "123e4567-e89b-12d3-a456-426655440001" })
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/bot/pnp/push",
      headers: { authorization: `Bearer ${secrets.token}`, "x-line-delivery-tag": "fu:acme/cust%201/c1/m2" },
    })
    expect(received[0]?.headers).not.toHaveProperty("x-line-retry-key")
    expect(JSON.parse(received[0]?.body ?? "").to).toBe(createHash("sha256").update(secrets.to).digest("hex"))
  })

  test("R9: the number is hashed as LINE documents it", async () => {
    await using provider = await localProvider(answer(202, {}))
    const transport = line({ ...byPhone, baseUrl: provider.baseUrl })
    expect(await transport.send(snsMessage({ to: "+818000001234" }), attempt())).toEqual({ _tag: "Accepted" })
    expect(JSON.parse(provider.received[0]?.body ?? "").to).toBe(
      "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c",
    )
  })

  test("R9: a number that LINE cannot reach is a refusal, and there are no keys accepted before", async () => {
    expect((await sendTo(answer(422, { message: "Failed to send messages" }), byPhone)).result).toEqual({
      _tag: "Rejected",
      reason: "unreachable",
      code: "422",
    })
    expect((await sendTo(answer(409, sent), byPhone)).result).toMatchObject({ _tag: "Uncertain" })
  })

  test("R9: a delivery whose id no tag can carry is not sent", async () => {
    await using provider = await localProvider(answer(200, {}))
    const transport = line({ ...byPhone, baseUrl: provider.baseUrl })
    const deliveryId = `a/b/c/${"m".repeat(92)}/sns`
    expect(await transport.send(snsMessage(), attempt({ deliveryId }))).toEqual({
      _tag: "Rejected",
      reason: "config",
      code: "delivery-tag",
    })
    expect(provider.received).toEqual([])
  })
})

test("R9: LINE's published API answers a notification message with nothing, and a push message never", async () => {
  expect((await sendTo(answer(200, ""), byPhone)).result).toEqual({ _tag: "Accepted" })
  expect((await sendTo(answer(200, ""), byUser)).result).toMatchObject({ _tag: "Uncertain" })
})

describe("the text", () => {
  const textSent = async (text: string, link: string | null) => {
    await using provider = await localProvider(answer(200, sent))
    const result = await line({ ...byUser, baseUrl: provider.baseUrl }).send(
      snsMessage({ text, link }),
      attempt(),
    )
    const [got] = provider.received
    return { result, text: got && JSON.parse(got.body).messages[0].text }
  }
  test("R12: the link follows where the text has none", async () => {
    expect((await textSent("Yes.", null)).text).toBe("Yes.")
    expect((await textSent("Yes.", secrets.link)).text).toBe(`Yes.\n${secrets.link}`)
    expect((await textSent(`Yes.\n${secrets.link}`, secrets.link)).text).toBe(`Yes.\n${secrets.link}`)
  })
  test("R12: 5 000 UTF-16 units are sent, 5 001 are not", async () => {
    expect((await textSent("👋".repeat(2_500), null)).result).toMatchObject({ _tag: "Accepted" })
    expect(await textSent(`${"👋".repeat(2_500)}!`, null)).toEqual({
      result: { _tag: "Rejected", reason: "content", code: "too-long" },
      text: undefined,
    })
  })
})

describe.each(ways)("%s", (_, options, success) => {
  const invalid = (property: string) => ({
    message: `The request body has 1 error(s): ${secrets.to}`,
    details: [{ message: secrets.text, property }],
  })
  test.each<[number, unknown, object]>([
    [400, invalid("to"), { reason: "invalid-address", code: "400" }],
    [400, invalid("messages[0].text"), { reason: "content", code: "400" }],
    ...["else", "into", "token", "last.messages"].map((field): [number, unknown, object] => [
      400,
      invalid(field),
      { reason: "unknown", code: "400" },
    ]),
    [
      400,
      { message: `The property, 'to', in the request body is invalid ${secrets.to}` },
      { reason: "unknown" },
    ],
    [400, "no JSON", { reason: "unknown", code: "400" }],
    [401, { message: "Authentication failed" }, { reason: "auth", code: "401" }],
    [
      403,
      { message: "Access to this API is not available for your account" },
      { reason: "config", code: "403" },
    ],
    [404, "", { reason: "config" }],
    [413, "", { reason: "content" }],
    [
      429,
      { message: "You have reached your monthly limit." },
      { reason: "rate-limited", retryAfterMs: 30_000 },
    ],
  ])("R20: %i %j is a refusal", async (status, body, expected) => {
    expect((await sendTo(answer(status, body), options)).result).toMatchObject({
      _tag: "Rejected",
      ...expected,
    })
  })
  test.each<[string, Behaviour]>([
    ["500", answer(500, { message: "Internal error" })],
    ["503", answer(503, {})],
    ["an unknown success", answer(204, "")],
    ["JSON that is no object", answer(200, "7")],
    ["JSON that is nothing", answer(200, "null")],
    ["half an answer", answer(200, '{"sentMessages":[{"id":')],
    ["too long an answer", answer(200, `{"sentMessages":[{"id":"${"1".repeat(300_000)}"}]}`)],
  ])("R9: %s leaves it open", async (_name, behaviour) => {
    expect((await sendTo(behaviour, options)).result).toMatchObject({ _tag: "Uncertain" })
  })
  connectionCases({
    make: (where) => line({ ...options, ...where }),
    accepts: success,
    nameIn: ({ headers }) => headers["x-line-retry-key"] ?? headers["x-line-delivery-tag"],
  })
})

test("a transport says what it can do", () => {
  expect(line(byUser)).toMatchObject({ name: "line", via: "sns", receipts: "none", idempotency: "key" })
  expect(line({ ...byUser, by: "user" })).toMatchObject({ receipts: "none", idempotency: "key" })
  expect(line(byPhone)).toMatchObject({ name: "line", via: "sns", receipts: "provider", idempotency: "none" })
})

test.each<[string, unknown, string]>([
  ["no token", { userIdOf: byUser.userIdOf }, "channelAccessToken"],
  ["a token with a line end", { ...byUser, channelAccessToken: "t\nx-evil: 1" }, "channelAccessToken"],
  ["nobody to ask for user ids", { channelAccessToken: secrets.token }, "userIdOf"],
  ["a user id in place of whom to ask", { ...byUser, userIdOf: userId }, "userIdOf"],
  ["another way", { ...byUser, by: "email" }, "by"],
  ["an unknown option", { ...byPhone, retries: 3 }, "retries"],
  ["no URL", { ...byPhone, baseUrl: "ftp://line" }, "baseUrl"],
  ["nothing", undefined, "line options"],
])("options with %s are refused, without their values", (_, options, place) => {
  const make = () => line(options as LineOptions)
  expect(make).toThrow(place)
  expect(make).not.toThrow(secrets.token)
})
