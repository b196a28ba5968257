/**
 * The check of SPF: one record, sound, by which our servers may send and not just anybody. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, answerTo, valuesOf } from "./answer.ts"
import { checked, type DomainCheck, type DomainFinding, finding, recordsOf, unclear } from "./check.ts"
import type { ExpectedDomain } from "./expectation.ts"
import { isSpf, parseSpf, permits, SPF_MAX_LOOKUPS, type SpfRecord, type SpfTree, spfTree } from "./spf.ts"
import { includeOf, matchesAnyone, parseMechanism, type SpfMechanism } from "./spf-mechanism.ts"

// Who sends is not known when nothing is expected: the servers that the domain has are the likely ones.
const OWN_SERVERS: ReadonlyArray<string> = ["a", "mx"]

const requiredBy = ({ spf }: ExpectedDomain): ReadonlyArray<SpfMechanism> =>
  spf.flatMap((term) => parseMechanism(term) ?? [])

const endOf = (records: ReadonlyArray<SpfRecord>): string => {
  const ends = new Set(
    records.flatMap(({ mechanisms }) =>
      mechanisms.filter(({ name }) => name === "all").map(({ qualifier }) => qualifier),
    ),
  )
  const [only = "~"] = ends
  return ends.size === 1 && only !== "+" ? `${only}all` : "~all"
}

const beforeEnd = (mechanisms: SpfRecord["mechanisms"]): SpfRecord["mechanisms"] => {
  const end = mechanisms.findIndex(({ name }) => name === "all")
  return end < 0 ? mechanisms : mechanisms.slice(0, end)
}

const termOf = ({ qualifier, text }: SpfMechanism): string => (qualifier === "+" ? text : qualifier + text)

/**
 * One record for what several say, with what is lacking and without what voids it. The end is kept where all agree on
 * one; a record that went on elsewhere still does, or includes the other when there are several.
 */
const mended = (
  records: ReadonlyArray<SpfRecord>,
  lacking: ReadonlyArray<SpfMechanism>,
  broken: ReadonlyArray<string>,
): string => {
  const ours = new Set(lacking.map(({ text }) => text))
  const kept = records
    .flatMap(({ mechanisms }) => beforeEnd(mechanisms))
    .filter((one) => !(one.name === "include" && broken.includes(one.host)))
    .filter((one) => (one.qualifier === "+" ? !matchesAnyone(one) : !ours.has(one.text)))
  const redirects = records.flatMap(({ mechanisms, redirect }) =>
    redirect === undefined || mechanisms.some(({ name }) => name === "all") || broken.includes(redirect)
      ? []
      : [redirect],
  )
  const goesOn = records.length === 1 && redirects.length === 1
  const terms = goesOn ? kept : [...kept, ...redirects.map(includeOf)]
  // The first match decides: ours come before all that may deny them.
  const denial = terms.findIndex(({ qualifier }) => qualifier !== "+")
  const whole = terms.toSpliced(denial < 0 ? terms.length : denial, 0, ...lacking)
  const modifiers = records.length === 1 ? (records[0]?.modifiers ?? []) : []
  const end = goesOn ? `redirect=${redirects[0]}` : endOf(records)
  return [...new Set(["v=spf1", ...whole.map(termOf), end, ...modifiers])].join(" ")
}

// Several records count for nothing, but what they include goes into the one that they become.
const joinedTree = (records: ReadonlyArray<SpfRecord>, book: AnswerBook): SpfTree => {
  const [only, ...more] = records
  return spfTree(only !== undefined && more.length === 0 ? only : parseSpf(mended(records, [], [])), book)
}

/** Names that the domain's SPF includes and that were not asked about yet. Total. R14. @since 0.1.0 */
export const spfNames = ({ envelope }: ExpectedDomain, book: AnswerBook): ReadonlyArray<string> => {
  const records = valuesOf(answerTo(book, "TXT", envelope))
    .filter(isSpf)
    .map(parseSpf)
  return records.length === 0 ? [] : joinedTree(records, book).wanted
}

const lackingIn = ({ steps }: SpfTree, required: ReadonlyArray<SpfMechanism>): ReadonlyArray<SpfMechanism> =>
  required.filter((one) => !permits(steps, one))

const missingDetail = ({ envelope }: ExpectedDomain): string =>
  `${envelope} has no SPF record, so nobody can tell which servers may send for it`

const problemsOf = (
  { invalid }: SpfRecord,
  { open, lookups, broken, unclear: vague }: SpfTree,
  lacking: ReadonlyArray<SpfMechanism>,
): ReadonlyArray<DomainFinding> => {
  const problems: Array<DomainFinding> = []
  if (invalid.length > 0)
    problems.push(finding("malformed", "the record has a term that SPF does not know, which voids all of it"))
  if (open) problems.push(finding("permits-anyone", "the record lets just about every server there is send"))
  if (lookups > SPF_MAX_LOOKUPS)
    problems.push(
      finding(
        "too-many-lookups",
        `the record takes more than ${SPF_MAX_LOOKUPS} DNS lookups, which voids it`,
      ),
    )
  for (const name of broken)
    problems.push(
      finding("broken-include", `${name}, which the record includes, has no single sound SPF record`),
    )
  // Our mechanism may be in what could not be read.
  if (lacking.length > 0 && vague.length === 0) {
    const names = lacking.map(({ text }) => text).join(" ")
    problems.push(finding("not-ours", `the record does not let our servers send: ${names}`))
  }
  return problems
}

const warningsOf = ({ mechanisms, redirect }: SpfRecord): ReadonlyArray<DomainFinding> => {
  const end = mechanisms.find(({ name }) => name === "all")
  if (end === undefined)
    return redirect === undefined ? [finding("no-end", "the record says nothing of all other servers")] : []
  return end.qualifier === "?" ? [finding("no-end", "the record takes no side on all other servers")] : []
}

/** Checks SPF where the envelope sender is. Total. R14; RFC 7208. @since 0.1.0 */
export const spfCheck = (expected: ExpectedDomain, book: AnswerBook): DomainCheck => {
  const { envelope: name, returnPath } = expected
  const answer = answerTo(book, "TXT", name)
  const about = { check: "spf", name } as const
  if (answer._tag === "Unknown") return checked({ ...about, problems: [unclear([name], answer.code)] })
  const texts = valuesOf(answer).filter(isSpf)
  const found = recordsOf(answer).filter(({ value }) => isSpf(value))
  const required = requiredBy(expected)
  const records = texts.map(parseSpf)
  const [record, ...more] = records
  const problemsIn = (value: string): ReadonlyArray<DomainFinding> => {
    const proposed = parseSpf(value)
    const tree = spfTree(proposed, book)
    return problemsOf(proposed, tree, lackingIn(tree, required))
  }
  const fix = (value: string): Pick<DomainCheck, "add" | "remove"> => {
    // Beside a CNAME no record can be: what it points to brings SPF along.
    if (returnPath?.type === "CNAME") {
      const isThere = valuesOf(answerTo(book, "CNAME", name)).includes(returnPath.target)
      return { add: isThere ? [] : [{ type: "CNAME", name, value: returnPath.target }], remove: [] }
    }
    return problemsIn(value).length === 0
      ? { add: [{ type: "TXT", name, value }], remove: found }
      : { add: [], remove: [] }
  }
  if (record === undefined) {
    const senders = required.length > 0 ? required.map(({ text }) => text) : OWN_SERVERS
    const value = ["v=spf1", ...senders, "~all"].join(" ")
    return checked({ ...about, ...fix(value), problems: [finding("missing", missingDetail(expected))] })
  }
  const tree = joinedTree(records, book)
  const lacking = lackingIn(tree, required)
  // Ours is not given up for being broken: that is to be put right where it is.
  const broken = tree.broken.filter((host) => !required.some(({ text }) => text === includeOf(host).text))
  const proposal = mended(records, lacking, broken)
  if (more.length > 0) {
    const detail = `${name} has ${texts.length} SPF records; with more than one, none counts`
    // Of the one that they would become it is said what is left to put right elsewhere.
    const problems = [finding("several-records", detail), ...problemsIn(proposal)]
    return checked({ ...about, found, problems, ...fix(proposal) })
  }
  const problems = problemsOf(record, tree, lacking)
  const warnings = warningsOf(record)
  if (problems.length === 0 && tree.unclear.length > 0)
    return checked({ ...about, found, warnings, problems: [unclear(tree.unclear, "no-answer")] })
  if (problems.length === 0) return checked({ ...about, found, warnings })
  return checked({ ...about, found, warnings, problems, ...fix(proposal) })
}
