/** R9: what another process has taken over meanwhile is that one's to answer: only an acceptance counts whoever has it. */
import { describe, expect, test } from "vitest"
import type { Directory, SendPolicy, SendResult } from "../../src/engine/index.ts"
import { accepted, drivers, rejected, uncertain } from "./engine-world.ts"
import { acme, jieun } from "./story.ts"
import { openTwo } from "./two-processes.ts"

const { channelId: _, ...contacts } = jieun

/** A directory that answers at once, or as soon as it may. */
const patient = () => {
  let may = Promise.resolve()
  const directory: Directory = {
    channel: async (id) => {
      await may
      return { ...acme, id, settings: { email: false }, integrations: { push: false, sns: true } }
    },
    customer: async (_channelId, id) => ({ ...contacts, id, pushTokens: [] }),
  }
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    may = promise
    return () => {
      may = Promise.resolve()
      resolve()
    }
  }
  return { directory, hold }
}

describe.each(drivers)(
  "a lease that ends while the answer waits for the directory, over %s",
  (_, makeStore) => {
    /** An SNS at 1 s, whose answer is heard at 14 s and decided when the directory says so; its lease ends at 26 s. */
    const waiting = async (answer: SendResult, send: Partial<SendPolicy> = {}) => {
      const { directory, hold } = patient()
      const { one, other, story, seconds } = await openTwo({
        store: makeStore(),
        directory,
        engine: { directoryTimeoutMs: 60_000, send },
        scripts: { sns: { then: "hangs", idempotency: "key", receipts: "none" } },
        vias: ["sns", "xms"],
      })
      await story.asks(0)
      await other.jump(one.nowMs)
      await story.replies(1_000)
      await other.jump(one.nowMs)
      await seconds(13, [one, other])
      const letGo = hold()
      one.sent[0]?.answer(answer)
      await seconds(9, [one, other])
      const texts = () => [...one.sent, ...other.sent].map(({ via }) => via)
      return { one, other, story, seconds, letGo, texts }
    }

    test("R9: a refusal starts no XMS beside the SNS that another process sends by then", async () => {
      const { one, other, story, seconds, letGo, texts } = await waiting(rejected("blocked"))
      await seconds(4, [other])
      expect(texts()).toEqual(["sns", "sns"])
      letGo()
      await one.settle()
      other.sent[0]?.answer(accepted)
      await other.settle()
      expect(texts()).toEqual(["sns", "sns"])
      expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns accepted/)])
    })

    test("R9: that nobody knows ends no SNS that another process sends by then", async () => {
      const { one, other, story, seconds, letGo, texts } = await waiting(uncertain, { maxAttempts: 1 })
      await seconds(4, [other])
      expect(texts()).toEqual(["sns", "sns"])
      letGo()
      await one.settle()
      expect(await story.outcomes()).toEqual(["sns pending"])
      other.sent[0]?.answer(accepted)
      await other.settle()
      expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns accepted/)])
    })

    test("R9: that nobody knows ends an SNS that nobody took over", async () => {
      const { one, story, letGo, texts } = await waiting(uncertain, { maxAttempts: 1 })
      letGo()
      await one.settle()
      expect(texts()).toEqual(["sns"])
      expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns uncertain/)])
    })

    test("R9: a refusal counts where nobody took the SNS over", async () => {
      const { one, story, letGo, texts } = await waiting(rejected("blocked"))
      letGo()
      await one.settle()
      expect(texts()).toEqual(["sns", "xms"])
      expect(await story.outcomes()).toEqual([
        expect.stringMatching(/^sns blocked/),
        expect.stringMatching(/^xms pending/),
      ])
    })
  },
)
