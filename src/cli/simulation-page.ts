/**
 * A simulation for a person to read: the timeline, what was sent and what not, the usage, the notices.
 * @since 0.1.0
 */
import { narrate } from "../core/history/narrate.ts"
import type { ReportedDelivery, ScenarioReport } from "../testing/simulator/report.ts"
import type { Scenario } from "../testing/simulator/scenario.ts"
import type { Simulation } from "../testing/simulator/simulate.ts"
import { formatOffset } from "./offset.ts"
import { type Cell, type Page, paint, quoted, row, type Style, section, widest } from "./page.ts"
import { endWords, usageWords, viaNames } from "./report-words.ts"
import type { MessageStory } from "./scenario-text.ts"

/** A scenario and all that its simulation came to. @since 0.1.0 */
export interface Simulated {
  readonly scenario: Scenario
  readonly simulation: Simulation
  readonly report: ScenarioReport
  readonly stories: ReadonlyArray<MessageStory> | undefined
}

/** The leading columns that all rows of a page share. */
interface Columns {
  readonly offset: number
  readonly customer: number
}

const RULE_COLUMNS = 3

const columnsFor = ({ scenario, simulation: { events, startsAtMs } }: Simulated): Columns => {
  const ids = scenario.customers.map(({ id }) => id)
  return {
    offset: widest(events.map(({ event }) => formatOffset(event.atMs - startsAtMs))),
    // One customer needs no column: it is always that one.
    customer: ids.length > 1 ? widest(ids) : 0,
  }
}

const at = (columns: Columns, atMs: number): Cell => ({
  text: formatOffset(atMs),
  columns: columns.offset,
  style: "dim",
})

const by = (rule: string): Cell => ({ text: rule, columns: RULE_COLUMNS, style: "cyan" })

const who = (columns: Columns, customer: string): ReadonlyArray<Cell> =>
  columns.customer === 0 ? [] : [{ text: customer, columns: columns.customer, style: "bold" }]

const header = (page: Page, { scenario, simulation: { channel, startsAtMs } }: Simulated): string => {
  const plan = { free: "free plan", trial: "trial", paid: "paid plan" }[channel.plan.kind]
  const start = new Date(startsAtMs).toISOString()
  return [
    ...(scenario.title === undefined ? [] : [paint(page, "bold", row(page, [], scenario.title).trim())]),
    ...(scenario.description === undefined ? [] : [row(page, [], scenario.description)]),
    row(page, [], `${channel.name} (${channel.country}, ${plan}), from ${start} for ${scenario.until}`),
  ].join("\n")
}

const timeline = (page: Page, columns: Columns, { events, startsAtMs }: Simulation): string =>
  section(
    page,
    "Timeline",
    events.map(({ customerId, event }) =>
      row(
        page,
        [at(columns, event.atMs - startsAtMs), by(event.rule), ...who(columns, customerId)],
        narrate(event),
      ),
    ),
  )

const outcomeStyles: Readonly<Record<ReportedDelivery["outcome"], Style>> = {
  received: "green",
  delivered: "green",
  failed: "red",
  blocked: "red",
  "timed-out": "red",
  uncertain: "yellow",
  withdrawn: "yellow",
  pending: "yellow",
}

const VIA_COLUMNS = 5

const delivery = (page: Page, columns: Columns, sent: ReportedDelivery): string => {
  const segments = sent.segments !== null && sent.segments > 1 ? ` in ${sent.segments} segments` : ""
  const name: Cell = {
    text: sent.kind ?? viaNames[sent.via],
    columns: VIA_COLUMNS,
    style: outcomeStyles[sent.outcome],
  }
  const what = `${sent.messages.join(", ")} of chat ${sent.chat}${segments}: ${endWords(sent)}; ${sent.pu} PU`
  return `${row(page, [at(columns, sent.atMs), name, ...who(columns, sent.customer)], what)}\n${quoted(page, sent.text)}`
}

const deliveries = (page: Page, columns: Columns, report: ScenarioReport): string =>
  section(
    page,
    "Deliveries",
    report.deliveries.map((sent) => delivery(page, columns, sent)),
  )

const exclusions = (page: Page, columns: Columns, report: ScenarioReport): string =>
  section(
    page,
    "Exclusions",
    report.exclusions.map(({ atMs, rule, customer, messages, chat, reason }) =>
      row(
        page,
        [at(columns, atMs), by(rule), ...who(columns, customer)],
        `${messages.join(", ")} of chat ${chat}: ${reason}`,
      ),
    ),
  )

const usage = (page: Page, report: ScenarioReport): string =>
  section(page, "Usage", [row(page, [], usageWords(report.usage))])

const notices = (page: Page, columns: Columns, report: ScenarioReport): string =>
  section(
    page,
    "Notices",
    report.notices.map(({ atMs, kind }) => row(page, [at(columns, atMs)], kind)),
  )

const story = (page: Page, columns: Columns, told: MessageStory): string =>
  section(page, `Why ${told.message}`, [
    ...(columns.customer === 0 ? [] : [row(page, [], `${told.customer}, chat ${told.chat}`)]),
    row(page, [], told.sentence),
    ...(told.otherwise === "" ? [] : [row(page, [], told.otherwise)]),
    ...told.steps.map(({ atMs, rule, what }) => row(page, [at(columns, atMs), by(rule)], what)),
  ])

/** The whole page, ending in a line feed. Total. R20. @since 0.1.0 */
export const simulationPage = (page: Page, simulated: Simulated): string => {
  const { simulation, report, stories = [] } = simulated
  const columns = columnsFor(simulated)
  return `${[
    header(page, simulated),
    timeline(page, columns, simulation),
    deliveries(page, columns, report),
    exclusions(page, columns, report),
    usage(page, report),
    notices(page, columns, report),
    ...stories.map((told) => story(page, columns, told)),
  ].join("\n\n")}\n`
}
