/**
 * What came of it: as data, and as tables to read.
 */
import { availableParallelism, cpus, totalmem } from "node:os"
import process from "node:process"
import type { BenchOptions, Section } from "./options.ts"
import type { Line } from "./plan.ts"
import { type Spread, spreadOf } from "./statistics.ts"
import type { Answer } from "./task.ts"

/** A line of the report. */
export interface ReportLine {
  readonly section: Section
  readonly subject: string
  readonly work: string
  /** By the name of what was measured, with its unit. */
  readonly measures: Readonly<Record<string, Spread>>
  /** Times as fast as a peer, round by round, by the peer's name and work. */
  readonly timesAsFast: Readonly<Record<string, Spread>>
}

/** The whole report. */
export interface Report {
  readonly machine: {
    readonly node: string
    readonly platform: string
    readonly cpu: string
    readonly cpus: number
    readonly memoryBytes: number
  }
  readonly options: BenchOptions
  readonly lines: ReadonlyArray<ReportLine>
}

/** A line of the plan with its answers, one a round. */
export interface Measured {
  readonly line: Line
  readonly answers: ReadonlyArray<Answer>
}

const valuesOf = (answers: ReadonlyArray<Answer>, name: string): ReadonlyArray<number> =>
  answers.map((answer) => answer[name] ?? Number.NaN)

const isPeer = ({ line }: Measured): boolean => line.task._tag === "Jobs"

// Round by round: what disturbed the machine disturbed both.
const timesAsFast = (one: Measured, all: ReadonlyArray<Measured>): ReportLine["timesAsFast"] =>
  one.line.section !== "finished" || isPeer(one)
    ? {}
    : Object.fromEntries(
        all
          .filter((other) => isPeer(other) && other.line.section === "finished")
          .map((peer) => {
            const theirs = valuesOf(peer.answers, "perSecond")
            const rounds = valuesOf(one.answers, "perSecond").map(
              (ours, round) => ours / (theirs[round] ?? Number.NaN),
            )
            return [`${peer.line.subject} ${peer.line.work}`, spreadOf(rounds)]
          }),
      )

/** The report on what was measured. */
export const reportOf = (options: BenchOptions, all: ReadonlyArray<Measured>): Report => ({
  machine: {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
  },
  options,
  lines: all.map((one) => ({
    section: one.line.section,
    subject: one.line.subject,
    work: one.line.work,
    measures: Object.fromEntries(
      Object.keys(one.answers[0] ?? {}).map((name) => [name, spreadOf(valuesOf(one.answers, name))]),
    ),
    timesAsFast: timesAsFast(one, all),
  })),
})

interface Column {
  readonly title: string
  readonly cell: (line: ReportLine) => string
}

const BYTES_PER_MIB = 1_048_576

const whole = (number: number): string => Math.round(number).toLocaleString("en-US")
const one = (number: number): string => number.toFixed(1)
const mebibytes = (bytes: number): string => one(bytes / BYTES_PER_MIB)

// A column that nothing was measured for is a mistake in this file.
const measured = ({ section, measures }: ReportLine, name: string): Spread => {
  const found = measures[name]
  if (found === undefined) throw new Error(`${section}: there is no measure ${name}`)
  return found
}

const spread = (name: string, print: (number: number) => string, title: string): Column => ({
  title,
  cell: (line) => {
    const { median, lowest, highest } = measured(line, name)
    return `${print(median)} (${print(lowest)}–${print(highest)})`
  },
})

const middle = (name: string, print: (number: number) => string, title: string): Column => ({
  title,
  cell: (line) => print(measured(line, name).median),
})

const perSecond = spread("perSecond", whole, "finished a second")
const acknowledged = [
  middle("acknowledgedP50Ms", one, "acknowledged p50 ms"),
  middle("acknowledgedP99Ms", one, "p99 ms"),
]

const tables: Readonly<Record<Section, { readonly title: string; readonly columns: ReadonlyArray<Column> }>> =
  {
    finished: {
      title: "Finished a second, and acknowledged under that load",
      columns: [perSecond, ...acknowledged],
    },
    acknowledged: { title: "Acknowledged, one caller", columns: acknowledged },
    timers: {
      title: "Timers: how late the text after a silent push is",
      columns: [
        middle("askedLateP50Ms", one, "asked for p50 ms"),
        middle("askedLateP99Ms", one, "p99 ms"),
        middle("sentLateP50Ms", one, "sent p50 ms"),
        middle("sentLateP99Ms", one, "p99 ms"),
      ],
    },
    memory: {
      title: "Memory of the process with open follow-ups, idle",
      columns: [
        middle("open", whole, "open"),
        middle("beforeBytes", mebibytes, "resident before MiB"),
        middle("afterBytes", mebibytes, "after MiB"),
        middle("grownHeapBytes", mebibytes, "heap grown by MiB"),
      ],
    },
    customers: {
      title: "Finished a second, by customers in the database (cascade without timers)",
      columns: [perSecond],
    },
  }

// Words to the left, numbers to the right.
const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  )
}

const tableOf = (section: Section, lines: ReadonlyArray<ReportLine>): ReadonlyArray<string> => {
  const { title, columns } = tables[section]
  const rows = lines.map((line) => [line.subject, line.work, ...columns.map(({ cell }) => cell(line))])
  return [title, ...aligned([["", "", ...columns.map((column) => column.title)], ...rows])]
}

const ratiosOf = (lines: ReadonlyArray<ReportLine>): ReadonlyArray<string> => {
  const ours = lines.filter((line) => Object.keys(line.timesAsFast).length > 0)
  const peers = Object.keys(ours[0]?.timesAsFast ?? {})
  if (peers.length === 0) return []
  const rows = peers.map((peer) => [
    peer,
    "",
    ...ours.map(({ timesAsFast: { [peer]: found } }) => (found === undefined ? "" : found.median.toFixed(2))),
  ])
  const head = ["", "", ...ours.map((line) => `${line.subject}, ${line.work}`)]
  return [
    "",
    "Times as many follow-ups a second as the peer's jobs (median of the rounds' ratios)",
    ...aligned([head, ...rows]),
  ]
}

/** The report as tables to read. */
export const printReport = ({ machine, options, lines }: Report): string => {
  const sections = [...new Set(lines.map(({ section }) => section))]
  return [
    `${machine.cpus} x ${machine.cpu}, ${mebibytes(machine.memoryBytes)} MiB, ${machine.platform}, Node ${machine.node}`,
    `medians of ${options.rounds} rounds (lowest–highest); ${options.followUps} follow-ups a round from ${options.callers} callers`,
    ...sections.flatMap((section) => [
      "",
      ...tableOf(
        section,
        lines.filter((line) => line.section === section),
      ),
    ]),
    ...ratiosOf(lines),
    "",
  ].join("\n")
}
