/**
 * The host: tells the engine processes what customers and managers do, each thing until some process acknowledges it.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Acknowledged } from "./evidence.ts"
import { postJson } from "./post-json.ts"
import { type Step, storyOf, toldBy } from "./story.ts"

const CALL_TIMEOUT_MS = 3_000
const PAUSE_MS = 50

/** Someone who tells stories. */
export interface Host {
  readonly acknowledged: ReadonlyArray<Acknowledged>
  /** Inputs that an engine process refused for good. */
  readonly refused: ReadonlyArray<string>
  /** Tells one thing until it is acknowledged or refused. */
  readonly tell: (call: string, input: unknown) => Promise<{ ackedAtMs: number; tries: number } | undefined>
  /** Goes through stories, `customers` at a time, as long as there are to be more. */
  readonly play: (seed: number, customers: number, more: (index: number) => boolean) => Promise<void>
}

/** A host that tells whichever of the addresses of that moment. */
export const makeHost = (addresses: () => ReadonlyArray<string>): Host => {
  const acknowledged: Array<Acknowledged> = []
  const refused: Array<string> = []

  const tell: Host["tell"] = async (call, input) => {
    for (let tries = 0; ; await sleep(PAUSE_MS)) {
      const known = addresses()
      const url = known[Math.floor(Math.random() * known.length)]
      if (url === undefined) continue
      tries += 1
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
      const answer = await postJson(`${url}/${call}`, input, signal).catch(() => undefined)
      if (answer === undefined || answer.status >= 500) continue
      if (answer.status < 300) return { ackedAtMs: Date.now(), tries }
      refused.push(`${call} ${JSON.stringify(input)}: ${JSON.stringify(answer.body)}`)
      return undefined
    }
  }

  const take = async (step: Step): Promise<void> => {
    await sleep(step.afterMs)
    const atMs = Date.now()
    const answer = await tell(step.call, step.call === "customer" ? step.input : { ...step.input, atMs })
    const told = toldBy(step, atMs)
    if (answer !== undefined && told !== undefined) acknowledged.push({ told, ...answer })
  }

  return {
    acknowledged,
    refused,
    tell,
    play: async (seed, customers, more) => {
      let next = 0
      const oneByOne = async () => {
        while (more(next)) for (const step of storyOf(seed, next++)) await take(step)
      }
      await Promise.all(Array.from({ length: customers }, oneByOne))
    },
  }
}
