import { spawnSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { bench } from "../../tools/bench/bench.ts"
import { measure } from "../../tools/bench/measure.ts"
import { type BenchOptions, defaultOptions, parseOptions, sections } from "../../tools/bench/options.ts"
import { runInProcesses } from "../../tools/bench/process.ts"
import { printReport } from "../../tools/bench/report.ts"
import { sharesOf, together } from "../../tools/bench/shares.ts"
import { median, percentile, spreadOf } from "../../tools/bench/statistics.ts"
import { scattered } from "../../tools/bench/world.ts"

const tiny: BenchOptions = {
  ...defaultOptions,
  stores: ["memory", "sqlite"],
  peers: [],
  followUps: 6,
  callers: 3,
  rounds: 1,
  warmUp: 2,
  open: 6,
  customers: [4, 40],
}

describe("the benchmark", () => {
  test("finishes every follow-up that it begins, and reports on all that it measures", async () => {
    const heard: Array<string> = []
    const report = await bench(tiny, {
      peers: [],
      servers: { postgres: undefined, redis: undefined },
      run: ({ task }) => measure(task),
      progress: (text) => heard.push(text),
    })
    const counts = report.lines.map(({ section, subject, work, measures: { finished, open } }) =>
      [section, subject, work, (finished ?? open)?.median].join(" "),
    )
    expect(counts).toEqual([
      "finished memory push received 6",
      "finished memory whole cascade 6",
      "finished sqlite push received 6",
      "finished sqlite whole cascade 6",
      "acknowledged memory reply 6",
      "acknowledged sqlite reply 6",
      "timers memory push silent 6",
      "timers sqlite push silent 6",
      "memory memory push waiting 6",
      "memory sqlite push waiting 6",
      "customers sqlite 4 customers 4",
      "customers sqlite 40 customers 4",
    ])
    expect(heard).toHaveLength(counts.length)
    const numbers = report.lines.flatMap(({ measures }) =>
      Object.values(measures).flatMap(({ rounds }) => rounds),
    )
    expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([])
    const text = printReport(report)
    expect(text.match(/^sqlite {2,}whole cascade {2,}[\d,]+ \([\d,]+–[\d,]+\) /m)).not.toBeNull()
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })
})

describe("the benchmark's options", () => {
  const optionsOf = (...args: ReadonlyArray<string>) => {
    const parsed = parseOptions(args)
    return parsed._tag === "Options" ? parsed.options : parsed
  }

  test("are what is usual unless given", () => {
    expect(optionsOf()).toEqual(defaultOptions)
    expect(optionsOf("--measures", sections.join(","))).toEqual(defaultOptions)
    expect(
      optionsOf("--stores", "sqlite", "--peers", "none", "--customers", "10,20", "--follow-ups", "7"),
    ).toEqual({
      ...defaultOptions,
      stores: ["sqlite"],
      peers: [],
      customers: [10, 20],
      followUps: 7,
    })
    expect(optionsOf("--help")).toEqual({ _tag: "Help" })
  })

  test.each([
    [["--stores", "sqlite,oracle"], '--stores: expected some of memory,sqlite,postgres, got "oracle"'],
    [["--peers", ""], '--peers: expected some of pg-boss,graphile-worker,bullmq-postgres,bullmq, got ""'],
    [["--rounds", "0"], '--rounds: expected a whole number of 1 or more, got "0"'],
    [["--follow-ups", "1e3"], '--follow-ups: expected a whole number of 1 or more, got "1e3"'],
    [["--customers", "10,x"], '--customers: expected a whole number of 1 or more, got "x"'],
    [["--processes", "1,0"], '--processes: expected a whole number of 1 or more, got "0"'],
    [["--speed"], "Unknown option '--speed'"],
    [["--json"], "Option '--json <value>' argument missing"],
    [["fast"], "Unexpected argument 'fast'. This command does not take positional arguments"],
  ])("that are wrong say so: %j", (args, message) => {
    expect(parseOptions(args)).toEqual({ _tag: "Wrong", message: expect.stringContaining(message) })
  })

  test("that are wrong end the command with 2 before anything is started", () => {
    const run = (...args: ReadonlyArray<string>) =>
      spawnSync(process.execPath, ["tools/bench/main.ts", ...args], { encoding: "utf8" })
    const { status, stderr } = run("--rounds", "none")
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        '--rounds: expected a whole number of 1 or more, got "none"\nTry: npm run bench:engine -- --help\n',
    })
    expect(run("--json", "no/such/folder/report.json").status).toBe(2)
  })
})

describe("a measurement in a process of its own", () => {
  const load = { followUps: 4, callers: 2, warmUp: 1 }

  test("answers as it does in this one", async () => {
    const task = { _tag: "Finish", place: { store: "memory" }, work: "received", load, customers: 4 } as const
    expect(await runInProcesses([task])).toMatchObject([{ finished: 4 }])
  })

  test("may be shared among several, that start together and count together", async () => {
    const task = { _tag: "Finish", place: { store: "memory" }, work: "received", load, customers: 4 } as const
    expect(sharesOf(task, 1)).toEqual([task])
    const answers = await runInProcesses(sharesOf(task, 2))
    expect(answers).toMatchObject([{ finished: 2 }, { finished: 2 }])
    const one = { finished: 10, perSecond: 10, acknowledgedP50Ms: 3 }
    expect(together([one])).toEqual(one)
    const other = { finished: 10, perSecond: 5, acknowledgedP50Ms: 2 }
    expect(together([one, other])).toEqual({ finished: 20, perSecond: 10, acknowledgedP50Ms: 3 })
  })

  test("says why there is no answer", async () => {
    const servers = { postgres: undefined, redis: undefined }
    const answers = runInProcesses(sharesOf({ _tag: "Jobs", peer: "pg-boss", servers, load, batch: 1 }, 2))
    await expect(answers).rejects.toThrow("there is no Postgres to measure on")
  })
})

describe("the benchmark's numbers", () => {
  test("are percentiles and medians", () => {
    expect([0.5, 0.99, 1].map((share) => percentile([3, 1, 2, 4], share))).toEqual([2, 4, 4])
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, lowest: 1, highest: 5, rounds: [5, 1, 3] })
  })

  test("of customers are all different, and spread over all there are", () => {
    expect(new Set(scattered(5, 5))).toEqual(new Set([0, 1, 2, 3, 4]))
    const few = scattered(100, 100_000)
    expect(new Set(few).size).toBe(100)
    expect([Math.min(...few), Math.max(...few)]).toEqual([0, 99_000])
  })
})
