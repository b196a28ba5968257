/**
 * One question for the DNS, whose answer is data whatever happens. Rule R14.
 * @since 0.1.0
 */
import type { DnsAnswer, DnsQuestion } from "../core/email/domain/answer.ts"
import type { DnsResolver } from "../ports/resolver.ts"

// What one DNS message can hold (RFC 1035, 4.2.2). More did not come from the DNS, and is not worth reading.
const MAX_ANSWER_CHARACTERS = 65_535
const MAX_ANSWER_RECORDS = 1_000

/** Certain that there is no such name, or none with such a record. */
const NOT_THERE: ReadonlyArray<string> = ["ENOTFOUND", "ENODATA"]

const nameOf = (name: string): string => name.toLowerCase().replace(/\.$/, "")

const valuesOf = async (
  resolver: DnsResolver,
  { type, name }: DnsQuestion,
): Promise<ReadonlyArray<string>> => {
  switch (type) {
    case "TXT":
      // Cut into pieces of 255 bytes to travel, nothing between them. RFC 7208, 3.3.
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(""))
    case "CNAME":
      return (await resolver.resolveCname(name)).map(nameOf)
    case "MX":
      return (await resolver.resolveMx(name)).map(
        ({ priority, exchange }) => `${priority} ${nameOf(exchange)}`,
      )
  }
}

// Whatever else an error says stays out of reports.
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" && /^E[A-Z]{2,20}$/.test(code) ? code : "failed"
}

const within = async <A>(work: Promise<A>, timeoutMs: number, late: A): Promise<A> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timedOut = new Promise<A>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, late)
  })
  try {
    return await Promise.race([work, timedOut])
  } finally {
    clearTimeout(timer)
  }
}

const answered = async (resolver: DnsResolver, question: DnsQuestion): Promise<DnsAnswer> => {
  try {
    const values = await valuesOf(resolver, question)
    const characters = values.reduce((sum, value) => sum + value.length, 0)
    if (characters > MAX_ANSWER_CHARACTERS || values.length > MAX_ANSWER_RECORDS)
      return { ...question, _tag: "Unknown", code: "oversized" }
    return values.length === 0 ? { ...question, _tag: "None" } : { ...question, _tag: "Found", values }
  } catch (error) {
    const code = codeOf(error)
    return NOT_THERE.includes(code) ? { ...question, _tag: "None" } : { ...question, _tag: "Unknown", code }
  }
}

/** Asks, and waits so long at most; never rejects. @since 0.1.0 */
export const ask = (resolver: DnsResolver, question: DnsQuestion, timeoutMs: number): Promise<DnsAnswer> =>
  within(answered(resolver, question), timeoutMs, { ...question, _tag: "Unknown", code: "ETIMEOUT" })
