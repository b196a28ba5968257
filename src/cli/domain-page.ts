/**
 * A domain's report for a person to read: what passed, what did not and why, and the records to enter. Rule R14.
 * @since 0.1.0
 */
import type { DnsRecord } from "../core/email/domain/answer.ts"
import type { DomainCheck, DomainCheckName } from "../core/email/domain/check.ts"
import type { DomainReport } from "../core/email/domain/report.ts"
import { oneLine, type Page, paint, row, type Style, section } from "./page.ts"

const titles: Readonly<Record<DomainCheckName, string>> = {
  spf: "SPF",
  dkim: "DKIM",
  dmarc: "DMARC",
  "return-path": "Return path",
}

const TITLE_COLUMNS = 11

const marks: Readonly<Record<DomainCheck["result"], readonly [sign: string, style: Style]>> = {
  passed: ["✓", "green"],
  missing: ["✗", "red"],
  wrong: ["✗", "red"],
  unknown: ["?", "yellow"],
}

/** Records of a wildcard, or of somebody who tries, could fill the screen. */
const LISTED_RECORDS = 5

// A whole line each and never broken, so that it can be copied.
const recordLines = (
  page: Page,
  sign: string,
  style: Style,
  records: ReadonlyArray<DnsRecord>,
): ReadonlyArray<string> => {
  const lines = records.slice(0, LISTED_RECORDS).map(({ name, type, value }) => {
    const shown = type === "TXT" ? JSON.stringify(value) : value
    return `      ${paint(page, style, sign)} ${oneLine(`${name} ${type} ${shown}`)}`
  })
  const rest = records.length - LISTED_RECORDS
  return rest > 0 ? [...lines, `      ${paint(page, style, sign)} and ${rest} more`] : lines
}

const checkLines = (page: Page, check: DomainCheck): ReadonlyArray<string> => {
  const [sign, style] = marks[check.result]
  const cells = [
    { text: sign, columns: 1, style },
    { text: titles[check.check], columns: TITLE_COLUMNS, style: "bold" as const },
  ]
  const words = check.problems.map(({ detail }) => detail)
  const advice = check.warnings.map(({ detail }) => `beware: ${detail}`)
  const [first, ...more] = [...(words.length === 0 ? [`in order at ${check.name}`] : words), ...advice]
  const blank = [
    { text: "", columns: 1, style },
    { text: "", columns: TITLE_COLUMNS, style: "dim" as const },
  ]
  return [
    row(page, cells, first ?? ""),
    ...more.map((line) => row(page, blank, line)),
    ...recordLines(page, "-", "red", check.remove),
    ...recordLines(page, "+", "green", check.add),
  ]
}

const verdicts: Readonly<Record<DomainReport["result"], string>> = {
  passed: "mail may come from it",
  failed: "not yet in order",
  unknown: "no verdict: the DNS gave no clear answer, so try again later",
}

/** The whole page, ending in a line feed. `unchecked` says what was not looked at, for want of an option. Total. @since 0.1.0 */
export const domainPage = (page: Page, report: DomainReport, unchecked: ReadonlyArray<string>): string => {
  const changes = report.checks.some(({ add, remove }) => add.length + remove.length > 0)
  const notes = [
    ...(changes
      ? ["Enter the records marked +, and remove those marked -. It may take hours until all see it."]
      : []),
    ...unchecked,
  ].map((note) => row(page, [], note))
  const checks = report.checks.flatMap((check) => checkLines(page, check))
  const title = section(page, `${report.domain}: ${verdicts[report.result]}`, checks)
  return `${[title, ...(notes.length === 0 ? [] : [notes.join("\n")])].join("\n\n")}\n`
}
