/**
 * What was sent and used, in the words that a terminal and a browser share. Nothing of Node's.
 * @since 0.1.0
 */
import { outcomeWords } from "../core/history/narrate.ts"
import type { ReportedDelivery, ScenarioReport } from "../testing/simulator/report.ts"
import { formatOffset } from "./offset.ts"

/** What a carrier is called where the kind of a text is not known, or it has none. @since 0.1.0 */
export const viaNames = { push: "push", sns: "SNS", xms: "XMS", email: "email" } as const

/** How a message ended, and after how long. Total. R20. @since 0.1.0 */
export const endWords = ({ outcome, atMs, settledAtMs }: ReportedDelivery): string =>
  `${outcomeWords[outcome]}${settledAtMs === null ? "" : ` after ${formatOffset(settledAtMs - atMs)}`}`

/** What a scenario's channel used. Total. R16, R17. @since 0.1.0 */
export const usageWords = ({ usedPu, limitPu, prepaidPu }: ScenarioReport["usage"]): string => {
  const used = limitPu === null ? `${usedPu} PU used, no limit` : `${usedPu} of ${limitPu} PU used`
  const prepaid = prepaidPu === 0 ? "" : `, ${prepaidPu} prepaid PU left`
  return used + prepaid
}
