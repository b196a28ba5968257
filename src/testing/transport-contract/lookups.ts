/**
 * The transport contract on lookups: the provider is asked what became of a delivery. Rule R9.
 * @since 0.1.0
 */
import type { SendResult } from "../../ports/transport.ts"
import { same } from "../contract-case.ts"
import type { Fault, Play } from "./counterpart.ts"
import type { ExpectedLookup, Subject, SubjectCases } from "./subject.ts"
import { answered, contextOf, resultIn, type Trial, trial, until, within } from "./trial.ts"

const lookUp = async <M, At, Answer>(
  { secrets }: Subject<M, At, Answer>,
  { transport }: Trial<M, At>,
  signal: AbortSignal = new AbortController().signal,
): Promise<SendResult | undefined> => {
  const context = contextOf(transport.via, 0, { attempt: 2, signal })
  const result = await answered("lookup", secrets, async () =>
    transport.lookup?.(context.deliveryId, context),
  )
  return result === undefined ? undefined : resultIn("lookup", result)
}

/** What counts of a result, given what was expected of it: words that were not are free. */
const comparable = (result: SendResult | undefined, expected: SendResult | undefined) =>
  result && {
    ...result,
    ...Object.fromEntries(
      ["code", "providerId"]
        .filter((name) => !Object.hasOwn(expected ?? {}, name))
        .map((name) => [name, undefined]),
    ),
  }

const finds = <M, At, Answer>(
  subject: Subject<M, At, Answer>,
  { answer, result }: ExpectedLookup<Answer>,
): Promise<void> => {
  // The name that the delivery has is known once there is a transport.
  let deliveryId = ""
  return trial(subject, { does: "answer", answerTo: () => answer(deliveryId) }, async (one) => {
    deliveryId = contextOf(one.transport.via, 0).deliveryId
    const found = await lookUp(subject, one)
    same("what became of the delivery", comparable(found, result), result)
  })
}

const knowsNothing = <M, At, Answer>(subject: Subject<M, At, Answer>, play: Play<Answer>): Promise<void> =>
  trial(
    subject,
    play,
    async (one) => {
      const found = await within(subject.timeoutMs + subject.graceMs, "lookup", lookUp(subject, one))
      same("what became of the delivery", found?._tag === "Uncertain" ? undefined : found, undefined)
    },
    false,
  )

const abortsMeanwhile = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const play = { does: "hang", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async (one) => {
    const controller = new AbortController()
    const asking = lookUp(subject, one, controller.signal)
    await Promise.race([until(subject.graceMs, "the question", () => one.heard.tries > 0), asking])
    controller.abort()
    const found = await within(subject.graceMs, "an abort of lookup", asking)
    same("what became of the delivery", found?._tag === "Uncertain" ? undefined : found, undefined)
  })
}

/** The cases on lookups; none where the transport has no `lookup`. @since 0.1.0 */
export const lookupCases = <M, At, Answer>(subject: Subject<M, At, Answer>): SubjectCases => {
  const { answers, counterpart, lookups } = subject
  if (lookups === undefined) return {}
  const answerTo = () => answers.accepted
  const faulty = (fault: Fault): readonly [string, () => Promise<void>] => [
    `lookup: ${fault}, says nothing of the delivery`,
    () => knowsNothing(subject, { does: fault, answerTo }),
  ]
  return {
    ...Object.fromEntries(
      Object.entries(lookups).map(([name, expected]) => [`lookup: ${name}`, () => finds(subject, expected)]),
    ),
    ...Object.fromEntries(counterpart.faults.map(faulty)),
    ...Object.fromEntries(
      Object.entries(counterpart.unclear(answers.accepted)).map(([name, answer]) => [
        `lookup: ${name}, says nothing of the delivery`,
        () => knowsNothing(subject, { does: "answer", answerTo: () => answer }),
      ]),
    ),
    ...(counterpart.faults.includes("hang") && {
      "lookup: an abort ends it at once": () => abortsMeanwhile(subject),
    }),
  }
}
