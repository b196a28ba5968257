/**
 * What a run comes to: counts, and every violation.
 */
import type { Via } from "../../src/engine/index.ts"
import { bothDelivered } from "./audit-sends.ts"
import type { Mode } from "./behavior.ts"
import { type CaseFile, openCase, outcomeOf } from "./case-file.ts"
import type { Evidence, Violation } from "./evidence.ts"

/** What was run. */
export interface Run {
  readonly store: "sqlite" | "postgres"
  readonly processes: number
  readonly kills: number
  readonly seed: number
  readonly modes: Readonly<Record<Via, Mode>>
  readonly customers: number
  readonly seconds: number
}

/** What a run comes to. */
export interface Report extends Run {
  readonly inputs: {
    readonly acknowledged: number
    /** Told more than once, because who was told did not answer. */
    readonly repeated: number
  }
  readonly followUps: number
  readonly deliveries: number
  /** Settled without anybody knowing whether they were sent. */
  readonly uncertain: number
  readonly provider: {
    readonly requests: number
    /** Asked for again under a key that had been accepted, and not sent again. */
    readonly repeatedKeys: number
    readonly receipts: number
  }
  /** Follow-ups whose SNS had arrived without anybody knowing by its deadline, so that policy sent an XMS as well. */
  readonly overdueTexts: number
  /** Messages withheld for lack of PU, and notices of usage. */
  readonly withheldForPu: number
  readonly notices: number
  readonly usedPu: Readonly<Record<string, number>>
  readonly violations: ReadonlyArray<Violation>
}

const countsOf = ({ evidence, deliveries }: CaseFile) => ({
  inputs: {
    acknowledged: evidence.acknowledged.length,
    repeated: evidence.acknowledged.filter(({ tries }) => tries > 1).length,
  },
  followUps: evidence.events.filter(({ event }) => event._tag === "FollowUpStarted").length,
  deliveries: evidence.events.filter(({ event }) => event._tag === "DeliveryRequested").length,
  uncertain: [...deliveries.values()].filter((delivery) => outcomeOf(delivery) === "uncertain").length,
  provider: {
    requests: evidence.provider.filter(({ _tag }) => _tag === "Send").length,
    repeatedKeys: evidence.provider.filter(
      (record) => record._tag === "Send" && record.verdict === "repeated",
    ).length,
    receipts: evidence.provider.filter(({ _tag }) => _tag === "Receipt").length,
  },
})

/** The report of a run, from its evidence and what the audit found. */
export const reportOf = (run: Run, evidence: Evidence, violations: ReadonlyArray<Violation>): Report => {
  const file = openCase(evidence)
  return {
    ...run,
    ...countsOf(file),
    withheldForPu: evidence.events.filter(
      ({ event }) => event._tag === "Excluded" && event.reason === "quota-exhausted",
    ).length,
    notices: evidence.channels.reduce((sum, { notices }) => sum + notices.length, 0),
    overdueTexts: bothDelivered(file).length,
    usedPu: Object.fromEntries(
      evidence.channels.map(({ input, ledger }) => [input.id, ledger.usedMilli / 1_000]),
    ),
    violations,
  }
}

const modeText = ([via, { idempotency, lookup }]: readonly [string, Mode]): string =>
  `${via} ${idempotency === "key" ? "honours keys" : lookup ? "no keys, can be asked" : "no keys"}`

/** How to do the same run again. */
export const commandOf = ({ store, processes, kills, seed }: Run): string =>
  `npm run torture -- --store ${store} --processes ${processes} --kills ${kills} --seed ${seed}`

/** A violation, with all that is needed to look into it. */
export const violationText = ({ law, about, expected, found }: Violation): string =>
  [`${law}: ${about}`, `  expected ${expected}`, `  found    ${found}`].join("\n")

/** A report for people, line by line. */
export const reportText = (report: Report): ReadonlyArray<string> => {
  const { inputs, provider } = report
  return [
    `${report.kills} kills of ${report.processes} process(es) on ${report.store}, seed ${report.seed}, in ${report.seconds.toFixed(1)} s`,
    `provider: ${Object.entries(report.modes).map(modeText).join("; ")}`,
    `${report.customers} customers, ${inputs.acknowledged} inputs acknowledged (${inputs.repeated} told again), ${report.followUps} follow-ups, ${report.deliveries} deliveries`,
    `${provider.requests} requests at the provider (${provider.repeatedKeys} repeated under the same key), ${provider.receipts} receipts`,
    `${report.uncertain} deliveries ended uncertain; ${report.overdueTexts} SNS arrived of which nobody knew by their deadline, so that an XMS was sent as well`,
    `${report.withheldForPu} messages withheld for lack of PU; ${report.notices} notices told`,
  ]
}
