/**
 * What a command finds around it: standard streams, terminal, environment and clock, so that tests can stand in.
 * @since 0.1.0
 */
import type { Command } from "commander"
import type { DnsResolver } from "../ports/resolver.ts"
import type { NodeVersion } from "./node-version.ts"
import type { Outcome } from "./outcome.ts"

/**
 * The world of one run. `terminalColumns` is the width of the terminal that standard output is, `null` when it is
 * none. `nowMs` is UTC epoch ms.
 * @since 0.1.0
 */
export interface Surroundings {
  readonly version: string
  readonly node: NodeVersion
  readonly env: Readonly<Record<string, string | undefined>>
  readonly terminalColumns: number | null
  readonly nowMs: () => number
  /** Asks the DNS by way of a server (`127.0.0.1:53`), or of the system's when none is named. */
  readonly resolverAt: (server: string | undefined) => DnsResolver
  readonly readStandardInput: () => Promise<Uint8Array>
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
}

/**
 * A command: adds itself to the program, and gives what running it came to to `conclude`.
 * @since 0.1.0
 */
export type AddCommand = (
  program: Command,
  surroundings: Surroundings,
  conclude: (outcome: Outcome) => void,
) => void
