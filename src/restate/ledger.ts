/**
 * A channel's ledger under decisions that were made elsewhere. Pure. Rule R16.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { applyEntry, canReserve, type NoticeKind, type PuLedger } from "../core/billing/ledger.ts"
import type { Policy } from "../core/policy.ts"
import type { DatedEntry } from "./contract.ts"

/** A ledger after the movements of a decision, what was moved, and what the channel is told. @since 0.1.0 */
export interface LedgerMoves {
  readonly ledger: PuLedger
  readonly entered: ReadonlyArray<DatedEntry>
  readonly notices: ReadonlyArray<{ readonly atMs: number; readonly kind: NoticeKind }>
}

// A decision looks at the ledger in one way only: whether a price fits. It reserves what fits and refuses what does not.
const decidedOtherwise = (ledger: PuLedger, { op, milliPu }: DatedEntry["entry"]): boolean =>
  (op === "reserve" && !canReserve(ledger, milliPu)) || (op === "refuse" && canReserve(ledger, milliPu))

/**
 * The ledger after all movements of one decision; undefined if the decision would have been another one on this ledger:
 * it reserves what does not fit any more, or refuses what fits by now. Total. R16.
 * @since 0.1.0
 */
export const enterAll = (
  policy: Policy,
  ledger: PuLedger,
  entries: ReadonlyArray<DatedEntry>,
): LedgerMoves | undefined => {
  let now = ledger
  const entered: Array<DatedEntry> = []
  const notices: Array<LedgerMoves["notices"][number]> = []
  for (const dated of entries) {
    if (decidedOtherwise(now, dated.entry)) return undefined
    const step = applyEntry(now, dated.entry, policy)
    if (Result.isFailure(step)) continue
    now = step.success.ledger
    entered.push(dated)
    notices.push(...step.success.notices.map((kind) => ({ atMs: dated.atMs, kind })))
  }
  return { ledger: now, entered, notices }
}
