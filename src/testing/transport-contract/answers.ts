/**
 * The transport contract on answers: accepted, refused, or neither for certain. Rules R7, R9, R20.
 * @since 0.1.0
 */
import { same } from "../contract-case.ts"
import type { ExpectedRejection, Subject, SubjectCases } from "./subject.ts"
import { contextOf, markOf, oneOf, send, trial, triesAtMost } from "./trial.ts"

/** How many messages are sent at once. */
const AT_ONCE = 50

const words = {
  via: ["push", "sns", "xms", "email"],
  receipts: ["none", "provider", "handset", "app"],
  idempotency: ["key", "none"],
} as const

const speaksPort = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const play = { does: "answer", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async ({ transport, at }) => {
    if (transport.name.trim() === "") throw new Error("name: expected one, but it is empty")
    for (const field of ["via", "receipts", "idempotency"] as const)
      if (!words[field].some((word) => word === transport[field]))
        throw new Error(`${field}: expected one of ${words[field].join(", ")}, but got ${transport[field]}`)
    same(
      "handles, of the message that it is given here",
      transport.handles?.(subject.message(markOf(0), at)) ?? true,
      true,
    )
    same("lookup, and what is said of lookups", transport.lookup !== undefined, subject.lookups !== undefined)
  })
}

const accepts = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const play = { does: "answer", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async (one) => {
    oneOf("an answer that accepts", await send(subject, one), ["Accepted"])
    same("messages that the provider got", one.heard.told.length, 1)
    same("whether the mark is in it", one.heard.told[0]?.includes(markOf(0)), true)
  })
}

const rejects = <M, At, Answer>(
  subject: Subject<M, At, Answer>,
  { answer, reason, retryAfterMs }: ExpectedRejection<Answer>,
): Promise<void> =>
  trial(subject, { does: "answer", answerTo: () => answer }, async (one) => {
    const result = await send(subject, one)
    oneOf("an answer that refuses", result, [`Rejected as ${reason}`])
    same("retryAfterMs", result._tag === "Rejected" ? result.retryAfterMs : undefined, retryAfterMs)
    // The engine repeats it, after the wait. Without one, a transport may have looked for another key.
    if (retryAfterMs !== undefined) triesAtMost(1, one)
  })

const leavesOpen = <M, At, Answer>(subject: Subject<M, At, Answer>, answer: Answer): Promise<void> =>
  trial(subject, { does: "answer", answerTo: () => answer }, async (one) => {
    oneOf("an answer that leaves it open", await send(subject, one), ["Uncertain"])
    triesAtMost(1, one)
  })

const keepsApart = <M, At, Answer>(subject: Subject<M, At, Answer>): Promise<void> => {
  const [refusal] = Object.values(subject.answers.rejected)
  const marks = Array.from({ length: AT_ONCE }, (_, index) => markOf(index))
  const isRefused = (index: number) => refusal !== undefined && index % 2 === 1
  const refusedMarks = marks.filter((_, index) => isRefused(index))
  const answerTo = (told: string) =>
    refusal !== undefined && refusedMarks.some((mark) => told.includes(mark))
      ? refusal.answer
      : subject.answers.accepted
  return trial(subject, { does: "answer", answerTo }, async (one) => {
    const results = await Promise.all(marks.map((_, index) => send(subject, one, index)))
    for (const [index, result] of results.entries()) {
      const what = `number ${index} of ${AT_ONCE} at once`
      oneOf(what, result, [isRefused(index) ? `Rejected as ${refusal?.reason}` : "Accepted"])
      const times = one.heard.told.filter((told) => told.includes(markOf(index))).length
      if (!isRefused(index)) same(`how often the provider was told of ${what}`, times, 1)
    }
  })
}

// The same message under two names of one kind: the provider has to be told which.
const tells = <M, At, Answer>(
  subject: Subject<M, At, Answer>,
  field: "idempotencyKey" | "deliveryId",
  isNeeded: (transport: { readonly idempotency: string; readonly receipts: string }) => boolean,
): Promise<void> => {
  const play = { does: "answer", answerTo: () => subject.answers.accepted } as const
  return trial(subject, play, async (one) => {
    if (!isNeeded(one.transport)) return
    const idOf = (index: number) => contextOf(one.transport.via, index).deliveryId
    for (const index of [1, 2])
      await send(subject, one, 0, { deliveryId: idOf(0), idempotencyKey: idOf(0), [field]: idOf(index) })
    const [first, second] = one.heard.told
    if (first === second)
      throw new Error(`${field}: expected the provider to be told of it, but another one changes nothing`)
  })
}

/** The cases on answers. @since 0.1.0 */
export const answerCases = <M, At, Answer>(subject: Subject<M, At, Answer>): SubjectCases => {
  const { answers, counterpart } = subject
  const unclear = { ...counterpart.unclear(answers.accepted), ...answers.unclear }
  return {
    "port: the transport says what it is": () => speaksPort(subject),
    "accepted: is Accepted, after one message": () => accepts(subject),
    ...Object.fromEntries(
      Object.entries(answers.rejected).map(([name, refusal]) => [
        `rejected: ${name} is Rejected as ${refusal.reason}`,
        () => rejects(subject, refusal),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(unclear).map(([name, answer]) => [
        `unclear: ${name} is Uncertain`,
        () => leavesOpen(subject, answer),
      ]),
    ),
    [`concurrency: ${AT_ONCE} at once each get their own answer`]: () => keepsApart(subject),
    "idempotency: a provider that honours keys is told the key": () =>
      tells(subject, "idempotencyKey", ({ idempotency }) => idempotency === "key"),
    "receipts: a provider that gives some is told the delivery's id": () =>
      tells(subject, "deliveryId", ({ receipts }) => receipts !== "none"),
  }
}
