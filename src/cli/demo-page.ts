/**
 * What a demonstration came to, for a person to read: usage, post log, an explanation, and whether all was as it is to
 * be. Rules R19, R20.
 * @since 0.1.0
 */
import type { Played } from "./demo/conversation.ts"
import { entriesPage, explanationPage } from "./history-page.ts"
import { type Page, paint, row } from "./page.ts"
import { usageTotal } from "./usage-page.ts"

const verdict = (page: Page, { asExpected, expected }: Played): string =>
  asExpected
    ? paint(page, "green", "Everything came out as the rules say.")
    : [
        paint(page, "red", "Something came out otherwise; expected:"),
        ...expected.map((line) => row(page, [], line)),
      ].join("\n")

/** The whole page, ending in a line feed. Total. R19, R20. @since 0.1.0 */
export const demoPage = (page: Page, played: Played): string =>
  [
    "",
    usageTotal(page, played.usage),
    "",
    paint(page, "bold", "Post log, newest first"),
    entriesPage(page, played.entries, { customers: true, texts: false }),
    paint(page, "bold", "Why m4, the reply to Jun, was sent as it was"),
    // Its steps have been shown already.
    explanationPage(page, { ...played.explanation, steps: [] }).trimEnd(),
    "",
    verdict(page, played),
    "",
  ].join("\n")
