/**
 * Runs the command line inside the test's own process, with everything that it writes caught.
 */

import { run } from "../../src/cli/program.ts"
import type { Surroundings } from "../../src/cli/surroundings.ts"
import { zone } from "../domain/zone.ts"

/** What a run wrote, and its exit code. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs `followup` with these arguments; standard input is empty and there is no terminal unless told. */
export const runFollowup = async (
  argv: readonly string[],
  { input = "", ...given }: Partial<Surroundings> & { readonly input?: string | Uint8Array } = {},
): Promise<Ran> => {
  let out = ""
  let error = ""
  const code = await run(argv, {
    version: "1.2.3",
    node: { version: "26.0.0", needed: ">=22.19" },
    env: {},
    terminalColumns: null,
    nowMs: () => Date.UTC(2026, 0, 5),
    resolverAt: () => zone({}),
    readStandardInput: async () => (typeof input === "string" ? new TextEncoder().encode(input) : input),
    writeOut: (text) => {
      out += text
    },
    writeError: (text) => {
      error += text
    },
    ...given,
  })
  return { code, out, error }
}
