import { describe, test } from "vitest"
import type { SendResult } from "../../../src/ports/transport.ts"
import { type Counterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { type ConsoleOptions, consoleTransport } from "../../../src/transports/console/index.ts"

/** A terminal: what is drawn on it is what it is told, and it always works. */
const terminal: Counterpart<Required<Pick<ConsoleOptions, "write" | "answer">>, SendResult> = {
  faults: [],
  acceptsEarly: false,
  unclear: () => ({}),
  open: async ({ answerTo }) => {
    const told: Array<string> = []
    const write = (text: string) => void told.push(text)
    const heard = {
      told,
      get tries() {
        return told.length
      },
      drained: false,
    }
    return { at: { write, answer: answerTo("") }, heard, close: async () => {} }
  },
}

describe("R9: the console", () => {
  const contract = transportContract((at: ConsoleOptions) => consoleTransport("xms", at), {
    counterpart: terminal,
    message: (mark) => ({
      channelId: "acme",
      customerId: "cust 1",
      chatId: "c1",
      to: "+821012345678",
      country: "KR",
      kind: "SMS",
      segments: 1,
      text: `Yes, it is. ${mark}`,
    }),
    answers: {
      accepted: { _tag: "Accepted" },
      rejected: {},
      unclear: { "an answer of choice": { _tag: "Uncertain" } },
    },
    secrets: ["821012345678", "Yes, it is."],
  })
  for (const { name, run } of contract) test(name, run)
})
