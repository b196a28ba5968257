/**
 * The transport contract on faults: what is lost, late or too much, and aborts. Rules R7, R9.
 * @since 0.1.0
 */
import { rejectReasons, type SendResult } from "../../ports/transport.ts"
import { same } from "../contract-case.ts"
import type { Fault } from "./counterpart.ts"
import type { Subject, SubjectCases } from "./subject.ts"
import { oneOf, send, trial, triesAtMost, until, within } from "./trial.ts"

/** What is to be made of a fault. */
interface Verdict {
  readonly name: string
  readonly allowed: ReadonlyArray<string>
  /** The answer began: where it accepts before it ends, `Accepted` is right too. */
  readonly began?: true
  /** The transport's time-out may not be what ends it. */
  readonly patient?: true
  /** It may pass: a refusal has to say when to try again. */
  readonly passes?: true
}

const verdicts: Readonly<Record<Fault, Verdict>> = {
  refuse: {
    name: "connection: refused, is Rejected as unreachable, for another try",
    allowed: ["Rejected as unreachable"],
    passes: true,
  },
  "cut-before": {
    name: "connection: cut before the message was read, is not Accepted",
    allowed: ["Uncertain", "Rejected as unreachable"],
  },
  "cut-after": { name: "connection: cut after the message was read, is Uncertain", allowed: ["Uncertain"] },
  "cut-answer": {
    name: "connection: cut within the answer, is Uncertain",
    allowed: ["Uncertain"],
    began: true,
  },
  hang: { name: "time-out: no answer, is Uncertain", allowed: ["Uncertain"] },
  drip: { name: "time-out: an answer that drips, is Uncertain", allowed: ["Uncertain"], began: true },
  flood: {
    name: "size: an answer that is too long is not read, and is Uncertain",
    allowed: ["Uncertain"],
    began: true,
    patient: true,
  },
  redirect: {
    name: "redirect: the message goes nowhere else, and is not Accepted",
    allowed: ["Uncertain", ...rejectReasons.map((reason) => `Rejected as ${reason}`)],
    patient: true,
  },
}

// Without a wait, the engine takes it that the provider cannot reach this recipient, and goes on to send to it.
const saysWhen = (result: SendResult): void => {
  if (result._tag === "Rejected" && result.retryAfterMs === undefined)
    throw new Error("retryAfterMs: expected a wait, as the provider may be there later, but there is none")
}

const withstands = <M, At, Answer>(subject: Subject<M, At, Answer>, fault: Fault): Promise<void> => {
  const { answers, counterpart, graceMs, timeoutMs } = subject
  const { name, allowed, began, passes, patient = false } = verdicts[fault]
  const play = { does: fault, answerTo: () => answers.accepted }
  const run = async (one: Parameters<typeof send<M, At, Answer>>[1]) => {
    const result = await within(graceMs + (patient ? 0 : timeoutMs), name, send(subject, one))
    same("whether all of an answer that is too long was read", one.heard.drained, false)
    oneOf(name, result, [...allowed, ...(began && counterpart.acceptsEarly ? ["Accepted"] : [])])
    triesAtMost(1, one)
    if (passes) saysWhen(result)
  }
  return trial(subject, play, run, patient)
}

const abortsBefore = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const play = { does: "answer", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async (one) => {
    const sending = send(subject, one, undefined, { signal: AbortSignal.abort() })
    const result = await within(subject.graceMs, "an abort before", sending)
    triesAtMost(0, one)
    oneOf("an abort before", result, ["Rejected as unreachable"])
  })
}

const abortsMeanwhile = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const play = { does: "hang", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async (one) => {
    const controller = new AbortController()
    const sending = send(subject, one, undefined, { signal: controller.signal })
    // What goes wrong before the provider has the message is told by what is awaited first.
    const arrived = until(subject.graceMs, "the message", () => one.heard.told.length > 0)
    await Promise.race([arrived, sending])
    controller.abort()
    const result = await within(subject.graceMs, "an abort after the message was read", sending)
    oneOf("an abort after the message was read", result, ["Uncertain"])
    triesAtMost(1, one)
  })
}

/** The cases on faults. @since 0.1.0 */
export const faultCases = <M, At, Answer>(subject: Subject<M, At, Answer>): SubjectCases => ({
  ...Object.fromEntries(
    subject.counterpart.faults.map((fault) => [verdicts[fault].name, () => withstands(subject, fault)]),
  ),
  "abort: before, nothing is asked, and it is Rejected as unreachable": () => abortsBefore(subject),
  ...(subject.counterpart.faults.includes("hang") && {
    "abort: after the message was read, it is Uncertain at once": () => abortsMeanwhile(subject),
  }),
})
