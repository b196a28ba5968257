/**
 * The audit: whether anything was lost, doubled or miscounted. Pure: evidence in, violations out.
 */
import { lostInputs, unsettled } from "./audit-history.ts"
import { limitsPassed, logDiffers, miscounted, untold } from "./audit-ledger.ts"
import { bothTexts, disagreements, mixedUp, sentTwice } from "./audit-sends.ts"
import { type CaseFile, openCase } from "./case-file.ts"
import type { Evidence, Violation } from "./evidence.ts"

const accidents = ({ evidence }: CaseFile): ReadonlyArray<Violation> => [
  ...evidence.accidents.map((found) => ({
    law: "nothing fails by itself",
    about: "the run",
    expected: "processes end when they are killed, and nothing else is refused",
    found,
  })),
  ...evidence.provider
    .filter((record) => record._tag === "Receipt" && record.answer === "refused")
    .map(({ deliveryId }) => ({
      law: "nothing fails by itself",
      about: deliveryId,
      expected: "a receipt of what was asked for is acknowledged",
      found: "it was refused for good",
    })),
]

const laws: ReadonlyArray<(file: CaseFile) => ReadonlyArray<Violation>> = [
  accidents,
  lostInputs,
  unsettled,
  mixedUp,
  bothTexts,
  sentTwice,
  miscounted,
  limitsPassed,
  disagreements,
  logDiffers,
  untold,
]

/** Every violation of every law; none is what is promised. */
export const audit = (evidence: Evidence): ReadonlyArray<Violation> => {
  const file = openCase(evidence)
  return laws.flatMap((law) => law(file))
}
