/**
 * Runs the plan: section by section, round by round, every line in turn.
 */
import type { BenchOptions } from "./options.ts"
import { type Line, planOf } from "./plan.ts"
import { type Report, reportOf } from "./report.ts"
import type { Answer, PeerName, Servers } from "./task.ts"

/** How a line is measured, and who hears of it. */
export interface Bench {
  readonly peers: ReadonlyArray<PeerName>
  readonly servers: Servers
  readonly run: (line: Line, round: number) => Promise<Answer>
  readonly progress: (text: string) => void
}

const sayAnswer = (answer: Answer): string =>
  Object.entries(answer)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(1)}`)
    .join(", ")

/** Measures everything that is asked for. */
export const bench = async (
  options: BenchOptions,
  { peers, servers, run, progress }: Bench,
): Promise<Report> => {
  const plan = planOf(options, peers, servers)
  const answers = new Map<Line, Array<Answer>>(plan.map((line) => [line, []]))
  for (const section of options.measures) {
    const lines = plan.filter((line) => line.section === section)
    // Memory is what it is: it takes long, and hardly differs from one time to the next.
    const rounds = section === "memory" ? 1 : options.rounds
    for (let round = 1; round <= rounds; round++)
      for (const line of lines) {
        const answer = await run(line, round)
        answers.get(line)?.push(answer)
        progress(`${section} ${round}/${rounds}  ${line.subject}, ${line.work}: ${sayAnswer(answer)}`)
      }
  }
  return reportOf(
    options,
    plan.map((line) => ({ line, answers: answers.get(line) ?? [] })),
  )
}
