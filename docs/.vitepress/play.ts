/**
 * A scenario's text as the playground shows it: what happened, what was sent and what not, what it cost, and why.
 */
import * as Result from "effect/Result"
import { formatOffset } from "../../src/cli/offset.ts"
import { endWords, usageWords, viaNames } from "../../src/cli/report-words.ts"
import { type MessageStory, scenarioOf, storiesOf } from "../../src/cli/scenario-text.ts"
import { narrate } from "../../src/core/history/narrate.ts"
import { type ReportedDelivery, reportOf } from "../../src/testing/simulator/report.ts"
import type { Scenario } from "../../src/testing/simulator/scenario.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"

/** Something that happened, `at` counted from the start. */
export interface Happening {
  readonly at: string
  readonly rule: string
  readonly customer: string
  readonly what: string
}

/** A message as it was sent, and how it ended. */
export interface Sent {
  readonly at: string
  readonly as: string
  readonly customer: string
  readonly text: string
  readonly end: string
  readonly pu: number
  readonly isSettled: boolean
  readonly hasArrived: boolean
}

/** What became of a scenario; `wrong` names every place where the text is none. */
export type Played =
  | { readonly wrong: ReadonlyArray<string> }
  | {
      readonly wrong: undefined
      readonly happenings: ReadonlyArray<Happening>
      readonly sent: ReadonlyArray<Sent>
      readonly withheld: ReadonlyArray<Happening>
      readonly usage: string
      readonly notices: ReadonlyArray<{ readonly at: string; readonly kind: string }>
      readonly stories: ReadonlyArray<MessageStory>
      readonly json: string
    }

const sentOf = (delivery: ReportedDelivery): Sent => {
  const { atMs, via, kind, segments, customer, text, outcome, settledAtMs, pu } = delivery
  const several = segments !== null && segments > 1 ? ` of ${segments} segments` : ""
  return {
    at: formatOffset(atMs),
    as: `${kind ?? viaNames[via]}${several}`,
    customer,
    text,
    end: endWords(delivery),
    pu,
    isSettled: settledAtMs !== null,
    hasArrived: outcome === "received" || outcome === "delivered",
  }
}

const repliesOf = ({ timeline }: Scenario): ReadonlyArray<string> => [
  ...new Set(timeline.flatMap(({ message }) => (message?.from === "manager" ? [message.id] : []))),
]

/** Plays a scenario's text. Total. */
export const play = (text: string): Played => {
  const read = scenarioOf("the scenario", text)
  if (Result.isFailure(read)) return { wrong: read.failure }
  const scenario = read.success
  const simulation = simulate(scenario)
  const report = reportOf(simulation)
  const since = (atMs: number): string => formatOffset(atMs - simulation.startsAtMs)
  return {
    wrong: undefined,
    happenings: simulation.events.map(({ customerId, event }) => ({
      at: since(event.atMs),
      rule: event.rule,
      customer: customerId,
      what: narrate(event),
    })),
    sent: report.deliveries.map(sentOf),
    withheld: report.exclusions.map(({ atMs, rule, customer, messages, reason }) => ({
      at: formatOffset(atMs),
      rule,
      customer,
      what: `${messages.join(", ")}: ${reason}`,
    })),
    usage: usageWords(report.usage),
    notices: report.notices.map(({ atMs, kind }) => ({ at: formatOffset(atMs), kind })),
    stories: repliesOf(scenario).flatMap((message) => storiesOf(scenario, simulation, message)),
    json: JSON.stringify(report, null, 2),
  }
}
