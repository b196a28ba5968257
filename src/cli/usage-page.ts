/**
 * A channel's usage for a person to read. Rules R16, R17, R19.
 * @since 0.1.0
 */
import { ANY_COUNTRY, type PriceKind } from "../core/billing/price-book.ts"
import type { UsageReport, UsageSum } from "../core/billing/usage.ts"
import { type Page, row, section, widest } from "./page.ts"

const sums = (page: Page, title: string, by: Readonly<Record<string, UsageSum>>): string => {
  const columns = widest(Object.keys(by))
  return section(
    page,
    title,
    Object.entries(by).map(([key, { pu, messages }]) =>
      row(
        page,
        [{ text: key, columns, style: "bold" }],
        `${pu} PU, ${messages} ${messages === 1 ? "message" : "messages"}`,
      ),
    ),
  )
}

const titled = (title: string, month: string | undefined): string =>
  month === undefined ? title : `${title}, ${month}`

/** What a channel used in all, and has left, without a last line feed. Total. R16, R17. @since 0.1.0 */
export const usageTotal = (
  page: Page,
  { usedPu, limitPu, leftPu, reservedPu, prepaidPu }: UsageReport,
): string => {
  const used =
    limitPu === null ? `${usedPu} PU used, no limit` : `${usedPu} of ${limitPu} PU used, ${leftPu} left`
  const reserved = reservedPu === 0 ? "" : `, ${reservedPu} reserved for what is on its way`
  const prepaid = prepaidPu === 0 ? "" : `, ${prepaidPu} prepaid PU left`
  return section(page, "Usage", [row(page, [], used + reserved + prepaid)])
}

// An email goes to no country.
const byCountry = ({ byCountry: { [ANY_COUNTRY]: none, ...countries } }: UsageReport) =>
  none === undefined ? countries : { ...countries, none }

const where = (prices: UsageReport["prices"], kind: PriceKind, country: string): string => {
  if (country !== ANY_COUNTRY) return `in ${country}`
  return prices.some((other) => other.kind === kind && other.country !== ANY_COUNTRY)
    ? "elsewhere"
    : "everywhere"
}

const prices = (page: Page, report: UsageReport): string => {
  const columns = widest(report.prices.map(({ kind }) => kind))
  return section(
    page,
    "Prices of the default price book",
    report.prices.map(({ kind, country, pu }) =>
      row(page, [{ text: kind, columns, style: "bold" }], `${pu} PU ${where(report.prices, kind, country)}`),
    ),
  )
}

/** The whole page, of one month if named, ending in a line feed. Total. R19. @since 0.1.0 */
export const usagePage = (page: Page, report: UsageReport, month?: string): string =>
  `${[
    usageTotal(page, report),
    sums(page, titled("By kind", month), report.byKind),
    sums(page, titled("By country", month), byCountry(report)),
    sums(page, titled("By purpose", month), report.byPurpose),
    sums(page, "By month (UTC)", report.byMonth),
    prices(page, report),
  ].join("\n\n")}\n`
