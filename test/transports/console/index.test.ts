import fc from "fast-check"
import { expect, test } from "vitest"
import type { SendContext } from "../../../src/ports/transport.ts"
import { columnsOf } from "../../../src/transports/console/columns.ts"
import { type ConsoleOptions, consoleTransport } from "../../../src/transports/console/index.ts"

const ctx: SendContext = {
  deliveryId: "d1",
  idempotencyKey: "d1",
  attempt: 1,
  signal: new AbortController().signal,
}
const to = { channelId: "acme", customerId: "cust-1", chatId: "c1" }

const drawText = async (text: string, options: ConsoleOptions = {}): Promise<string> => {
  let drawn = ""
  const write = (part: string) => {
    drawn += part
  }
  const transport = consoleTransport("xms", { write, ...options })
  const message = { ...to, to: "+821012345678", country: "KR", kind: "SMS", segments: 1, text } as const
  expect(await transport.send(message, ctx)).toEqual(options.answer ?? { _tag: "Accepted" })
  return drawn
}

test("R10: an SMS is drawn with its kind, its number and its text", async () => {
  const drawn = await drawText("네, 있습니다.")
  expect(drawn).toContain("SMS to +821012345678")
  expect(drawn).toContain("│ 네, 있습니다.")
})

test("R6, R9, R13: each way shows what its customer would see", async () => {
  let drawn = ""
  const options = {
    write: (part: string) => {
      drawn += part
    },
  }
  const link = "https://acme.example/c1"
  await consoleTransport("push", options).send(
    { ...to, token: "secret-token", title: "Acme", body: "b1", link },
    ctx,
  )
  await consoleTransport("sns", options).send(
    { ...to, to: "+81901", country: "JP", text: "b2", link: null },
    ctx,
  )
  await consoleTransport("email", options).send(
    {
      ...to,
      to: "mina@customer.example",
      from: { name: "Acme", address: "chat@acme.example" },
      subject: "s4",
      html: "<p>b3</p>",
      text: "b4",
      headers: {},
      messageId: "<d1@acme.example>",
    },
    ctx,
  )
  for (const shown of ["Push", "b1", link, "SNS to +81901", "b2", "Acme <chat@acme.example>", "s4", "b4"])
    expect(drawn).toContain(shown)
  for (const hidden of ["secret-token", "<p>"]) expect(drawn).not.toContain(hidden)
})

test("R9: the answer can be chosen", async () => {
  await drawText("x", { answer: { _tag: "Rejected", reason: "blocked" } })
})

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "안",
        "녕",
        "日",
        "ﾊ",
        "ー",
        "👩‍👩‍👧",
        "❤️",
        "🇰🇷",
        "é",
        "e\u0301",
        " ",
        "\n",
        "\r\n",
        "\t",
      ),
      fc.constantFrom("\u001b[2J", "\u0007", "\u009b", "\u007f", "\u202e", "\u2028", "\ud800", "│"),
      fc.string({ unit: "grapheme" }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""))

test("R12: whatever the text, the box is straight: every line takes the same columns", async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const lines = (await drawText(text)).trimEnd().split("\n")
      expect(new Set(lines.map(columnsOf)).size).toBe(1)
    }),
  )
})

test("R12: a message cannot drive the terminal", async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect((await drawText(text)).replaceAll("\n", "")).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

test("R12: nothing of a short text is lost", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom("a", "한", " ", "💬"), maxLength: 300 }),
      async (text) => {
        const box = (await drawText(text)).split("\n").slice(1, -2)
        expect(
          box
            .map((line) => line.slice(1, -1))
            .join("")
            .replaceAll(" ", ""),
        ).toBe(text.replaceAll(" ", ""))
      },
    ),
  )
})

test("R12: colour is used when asked for, and not on anything but a terminal", async () => {
  expect(await drawText("x", { color: true })).toContain("\u001b[32m")
  expect(await drawText("x", { color: false })).not.toContain("\u001b")
  expect(await drawText("x")).not.toContain("\u001b")
})
