/**
 * A scenario's text read and played: what a person who wrote it sees. Nothing of Node's, so that a browser can do it.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { formatBadInput } from "../core/decode.ts"
import { type Explanation, explain } from "../core/history/explain.ts"
import { decodeScenario, type Scenario } from "../testing/simulator/scenario.ts"
import type { Simulation } from "../testing/simulator/simulate.ts"
import { parseJson } from "./json-text.ts"

/** What became of one message of a scenario, and why; instants in ms from the start. R20. @since 0.1.0 */
export interface MessageStory
  extends Pick<Explanation, "verdict" | "rule" | "costPu" | "sentence" | "otherwise" | "steps"> {
  readonly message: string
  readonly customer: string
  readonly chat: string
}

/**
 * A scenario from its text, or every place where it is none; `file` names the text. Total.
 * @since 0.1.0
 */
export const scenarioOf = (file: string, text: string): Result.Result<Scenario, ReadonlyArray<string>> => {
  const parsed = parseJson(text)
  if (Result.isFailure(parsed)) {
    const { line, column, expected } = parsed.failure
    return Result.fail([`${file} is not JSON: line ${line}, column ${column}: expected ${expected}`])
  }
  const scenario = decodeScenario(parsed.success)
  return Result.isFailure(scenario)
    ? Result.fail(
        scenario.failure.issues.map((issue) => formatBadInput({ _tag: "BadInput", issues: [issue] })),
      )
    : Result.succeed(scenario.success)
}

/** What became of a message. Its id may return in other chats: each has its own story. Total. R20. @since 0.1.0 */
export const storiesOf = (
  { timeline }: Scenario,
  { startsAtMs, events }: Simulation,
  messageId: string,
): ReadonlyArray<MessageStory> => {
  const places = timeline.flatMap(({ message }) => (message?.id === messageId ? [message] : []))
  const distinct = new Map(places.map((place) => [JSON.stringify([place.customer, place.chat]), place]))
  return [...distinct.values()].map(({ customer, chat }) => {
    const history = events
      .filter(
        ({ customerId, event }) => customerId === customer && !("chatId" in event && event.chatId !== chat),
      )
      .map(({ event }) => event)
    const { verdict, rule, costPu, sentence, otherwise, steps } = explain(history, messageId)
    return {
      message: messageId,
      customer,
      chat,
      verdict,
      rule,
      costPu,
      sentence,
      otherwise,
      steps: steps.map(({ atMs, ...step }) => ({ atMs: atMs - startsAtMs, ...step })),
    }
  })
}
