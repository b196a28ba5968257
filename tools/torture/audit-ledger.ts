/**
 * Laws of the ledger: counted anew from the history and from the provider's log, to the last thousandth. Pure.
 */
import { isDeepStrictEqual } from "node:util"
import * as Result from "effect/Result"
import { applyEntry, openLedger, type PuLedger, prepaidLeftMilli } from "../../src/core/billing/ledger.ts"
import { quote } from "../../src/core/billing/price-book.ts"
import { type UsageEntry, usageReport } from "../../src/core/billing/usage.ts"
import { entryOf } from "../../src/core/customer/turn.ts"
import { postLog } from "../../src/core/history/post-log.ts"
import type { Notice, StoredEvent } from "../../src/ports/store.ts"
import { type CaseFile, type DeliveryCase, heard, outcomeOf } from "./case-file.ts"
import type { ChannelEvidence, Evidence, Violation } from "./evidence.ts"

const LIMIT = "no limit is passed"
const SUMS = "the ledger adds up"
const LOG = "history and provider agree"

const ofChannel = ({ events }: Evidence, { input }: ChannelEvidence): ReadonlyArray<StoredEvent> =>
  events.filter(({ key }) => key.channelId === input.id)

interface Replay {
  readonly ledger: PuLedger
  readonly notices: ReadonlyArray<Notice>
  readonly entries: ReadonlyArray<UsageEntry>
  readonly broken: ReadonlyArray<Violation>
}

const wrong = (ledger: PuLedger): string | undefined => {
  const { limitMilli, usedMilli, reservedMilli } = ledger
  const prepaid = prepaidLeftMilli(ledger)
  if (usedMilli < 0 || reservedMilli < 0 || prepaid < 0)
    return `used ${usedMilli}, reserved ${reservedMilli}, prepaid ${prepaid}`
  return limitMilli !== null && usedMilli + reservedMilli > limitMilli
    ? `used ${usedMilli} and reserved ${reservedMilli} of ${limitMilli}`
    : undefined
}

const replay = (evidence: Evidence, channel: ChannelEvidence): Replay => {
  const { policy } = evidence
  let ledger = openLedger(channel.input.plan, 0, policy)
  const notices: Array<Notice> = []
  const entries: Array<UsageEntry> = []
  const broken: Array<Violation> = []
  for (const { seq, event } of ofChannel(evidence, channel)) {
    const entry = entryOf(event)
    if (entry === null) continue
    const about = `channel ${channel.input.id}, event ${seq}, ${entry.op} of ${entry.milliPu}`
    const step = applyEntry(ledger, entry, policy)
    if (Result.isFailure(step)) {
      broken.push({ law: LIMIT, about, expected: "an entry that fits", found: JSON.stringify(step.failure) })
      continue
    }
    ledger = step.success.ledger
    entries.push({ ...entry, atMs: event.atMs, messages: 1 })
    notices.push(...step.success.notices.map((kind) => ({ atMs: event.atMs, kind })))
    const found = wrong(ledger)
    if (found !== undefined)
      broken.push({ law: LIMIT, about, expected: "within the limit, and not below 0", found })
  }
  return { ledger, notices, entries, broken }
}

/** In the order of the entries, no balance is ever below 0 and no limit is passed. */
export const limitsPassed = ({ evidence }: CaseFile): ReadonlyArray<Violation> =>
  evidence.channels.flatMap((channel) => replay(evidence, channel).broken)

const differs = (about: string, expected: unknown, found: unknown): ReadonlyArray<Violation> =>
  isDeepStrictEqual(expected, found)
    ? []
    : [{ law: SUMS, about, expected: JSON.stringify(expected), found: JSON.stringify(found) }]

// Only what was refused, taken back or reported as failed costs nothing; what may have been sent is paid.
const costsNothing = (delivery: DeliveryCase): boolean => {
  const outcome = outcomeOf(delivery)
  return (
    outcome === "failed" ||
    outcome === "blocked" ||
    outcome === "withdrawn" ||
    heard(delivery).some(({ status }) => status === "failed")
  )
}

const priceOf = ({ policy }: Evidence, { requested, sends }: DeliveryCase): number => {
  const [request] = requested
  if (request === undefined || request.event.via === "push") return 0
  const [send] = sends
  const { via, atMs, entry } = request.event
  if (send === undefined) return entry?.milliPu ?? 0
  const kind = via === "sns" ? "SNS" : via === "email" ? "EMAIL" : (send.kind ?? "SMS")
  const asked = {
    kind,
    country: send.country ?? "*",
    units: kind === "SMS" ? (send.segments ?? 1) : 1,
    atMs,
  } as const
  return quote(policy.prices, asked) ?? Number.NaN
}

const costOf = (file: CaseFile, channelId: string): number =>
  [...file.deliveries.values()]
    .filter(({ requested }) => requested[0]?.key.channelId === channelId)
    .filter((delivery) => !costsNothing(delivery))
    .reduce((sum, delivery) => sum + priceOf(file.evidence, delivery), 0)

const reportOf = (entries: ReadonlyArray<UsageEntry>, { policy }: Evidence, { ledger }: ChannelEvidence) =>
  usageReport(entries, { prices: policy.prices, atMs: 0, ledger })

/** Each channel's ledger, usage report and notices are what the history and the provider's log come to. */
export const miscounted = (file: CaseFile): ReadonlyArray<Violation> =>
  file.evidence.channels.flatMap((channel) => {
    const { evidence } = file
    const { ledger, notices, entries } = replay(evidence, channel)
    const id = channel.input.id
    const used = (of: PuLedger) => ({ usedMilli: of.usedMilli, reservedMilli: of.reservedMilli })
    return [
      ...differs(`channel ${id}, the ledger that its entries come to`, ledger, channel.ledger),
      ...differs(
        `channel ${id}, what the provider's log comes to`,
        { usedMilli: costOf(file, id), reservedMilli: 0 },
        used(channel.ledger),
      ),
      ...differs(
        `channel ${id}, the usage report`,
        reportOf(entries, evidence, channel),
        reportOf(channel.usage, evidence, channel),
      ),
      ...differs(`channel ${id}, its notices`, notices, channel.notices),
    ]
  })

const TOLD = "a channel is told"

/** Each notice was told, under an id of its own, which always meant the same. */
export const untold = ({ evidence }: CaseFile): ReadonlyArray<Violation> =>
  evidence.channels.flatMap(({ input, notices }) => {
    const told = evidence.told.filter(({ channelId }) => channelId === input.id)
    const byId = new Map(told.map(({ id, notice }) => [id, notice]))
    const isStable = told.every(({ id, notice }) => isDeepStrictEqual(byId.get(id), notice))
    const found = [...byId].toSorted(([a], [b]) => (seqOf(a) < seqOf(b) ? -1 : 1)).map(([, notice]) => notice)
    return isStable && isDeepStrictEqual(found, notices)
      ? []
      : [
          {
            law: TOLD,
            about: `channel ${input.id}`,
            expected: `at least once, in the order of ids: ${JSON.stringify(notices)}`,
            found: JSON.stringify(told.map(({ id, notice }) => [id, notice])),
          },
        ]
  })

const seqOf = (id: string): number => Number(id.split("/").at(-1))

const linesOf = (events: ReadonlyArray<StoredEvent>) =>
  postLog(events.map(({ key, event }) => ({ customerId: key.customerId, event })))

/** The post log, read page by page, is what the whole history comes to. */
export const logDiffers = ({ evidence }: CaseFile): ReadonlyArray<Violation> =>
  evidence.channels.flatMap((channel) => {
    const whole = linesOf(ofChannel(evidence, channel))
    const pages = linesOf(channel.log)
    return isDeepStrictEqual(whole, pages)
      ? []
      : [
          {
            law: LOG,
            about: `the post log of channel ${channel.input.id}`,
            expected: `the ${whole.length} lines of the history`,
            found: `${pages.length} lines, or other ones`,
          },
        ]
  })
