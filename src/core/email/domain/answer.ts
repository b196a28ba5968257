/**
 * What the DNS was asked and what it said, as data. Rule R14.
 * @since 0.1.0
 */

/** The kinds of records that a mail domain is made of. @since 0.1.0 */
export type DnsType = "TXT" | "CNAME" | "MX"

/** A question for the DNS; `name` in lower case and ASCII, without a dot at its end. @since 0.1.0 */
export interface DnsQuestion {
  readonly type: DnsType
  readonly name: string
}

/**
 * A record as one enters it where a domain's DNS is kept. The value of an `MX` is its preference and the host, of a
 * `TXT` the whole text, however it is cut to pieces on the wire.
 * @since 0.1.0
 */
export interface DnsRecord extends DnsQuestion {
  readonly value: string
}

/**
 * What the DNS said. `Found`: at least one value, each as in a `DnsRecord`. `None`: certain that there is no such record.
 * `Unknown`: no answer, or none that says anything; `code` is why, such as `ESERVFAIL`.
 * @since 0.1.0
 */
export type DnsAnswer = DnsQuestion &
  (
    | { readonly _tag: "Found"; readonly values: ReadonlyArray<string> }
    | { readonly _tag: "None" }
    | { readonly _tag: "Unknown"; readonly code: string }
  )

/** Answers, to be found by their questions. @since 0.1.0 */
export type AnswerBook = (type: DnsType, name: string) => DnsAnswer | undefined

const keyOf = (type: DnsType, name: string): string => `${type} ${name}`

/** Answers made to be found by their questions; of two to one question the last. Total. @since 0.1.0 */
export const answerBook = (answers: ReadonlyArray<DnsAnswer>): AnswerBook => {
  const byQuestion = new Map(answers.map((answer) => [keyOf(answer.type, answer.name), answer]))
  return (type, name) => byQuestion.get(keyOf(type, name))
}

/** The answer to a question; one that was not asked is `Unknown`. Total. @since 0.1.0 */
export const answerTo = (book: AnswerBook, type: DnsType, name: string): DnsAnswer =>
  book(type, name) ?? { type, name, _tag: "Unknown", code: "not-asked" }

/** The values of an answer; none unless it is `Found`. Total. @since 0.1.0 */
export const valuesOf = (answer: DnsAnswer): ReadonlyArray<string> =>
  answer._tag === "Found" ? answer.values : []
