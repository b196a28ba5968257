/**
 * The check of the return path: bounces go where they are understood. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, answerTo, type DnsRecord, valuesOf } from "./answer.ts"
import { type CheckParts, checked, type DomainCheck, finding, recordsOf, unclear } from "./check.ts"
import type { ExpectedReturnPath } from "./expectation.ts"

/** What a single host prefers does not matter. */
const PREFERENCE = 10

const hostOf = (value: string): string => value.replace(/^\d+ /, "")

/** Checks where the envelope's domain points to. Total. R14. @since 0.1.0 */
export const returnPathCheck = (expected: ExpectedReturnPath, book: AnswerBook): DomainCheck => {
  const { host: name, type, target } = expected
  const about: CheckParts = { check: "return-path", name }
  const answer = answerTo(book, type, name)
  if (answer._tag === "Unknown") return checked({ ...about, problems: [unclear([name], answer.code)] })
  const found = recordsOf(answer)
  const add: ReadonlyArray<DnsRecord> = [
    { type, name, value: type === "MX" ? `${PREFERENCE} ${target}` : target },
  ]
  const others = found.filter(({ value }) => hostOf(value) !== target)
  // Beside a CNAME nothing else can be, so one that leads elsewhere must go before an MX can come.
  const aliases = recordsOf(answerTo(book, "CNAME", name))
  if (valuesOf(answer).some((value) => hostOf(value) === target)) {
    const names = others.map(({ value }) => hostOf(value)).join(", ")
    const warnings = others.length === 0 ? [] : [finding("others-too", `bounces may go to ${names} as well`)]
    return checked({ ...about, found, warnings })
  }
  if (found.length === 0) {
    const problems = [finding("missing", `${name} does not point to ${target}`)]
    return checked({ ...about, add, remove: aliases, problems })
  }
  const problems = [finding("not-ours", `${name} points to another place than ${target}`)]
  const remove = aliases.length > 0 ? aliases : found
  return checked({ ...about, found, add, remove, problems })
}
