/**
 * The provider, in a process of its own, for all four legs. It writes down each request before it answers, and tells
 * the engine processes what became of its messages until one of them acknowledges it. The host's notices are written
 * down here as well. It says where it listens once it does, and ends at the end of standard input.
 */
import { createHash } from "node:crypto"
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import type { NoticeCall, SendResult, Via } from "../../src/engine/index.ts"
import { arrivalOf, cutsOff, fateOf, latenessMs, type Mode, mannerOf } from "./behavior.ts"
import type { Manner, Verdict } from "./evidence.ts"
import { lotBetween } from "./lot.ts"
import { type Answer, listen, type Posted, postJson } from "./post-json.ts"
import { openProviderLog } from "./provider-log.ts"

/** What the provider is started with, as JSON. */
export interface ProviderSetting {
  readonly seed: number
  readonly logFile: string
  readonly modes: Readonly<Record<Via, Mode>>
}

/** What a transport asks the provider to send. */
export interface SendBody {
  readonly from: string
  readonly via: Via
  readonly deliveryId: string
  readonly key: string
  readonly message: {
    readonly token?: string
    readonly to?: string
    readonly text?: string
    readonly body?: string
    readonly kind?: "SMS" | "LMS"
    readonly country?: string
    readonly segments?: number
  }
}

/** What a transport asks about a delivery. */
export interface LookupBody {
  readonly from: string
  readonly deliveryId: string
}

const RECEIPT_TIMEOUT_MS = 2_000
const PROVIDER_RETRY_MS = 150

const { seed, logFile, modes }: ProviderSetting = JSON.parse(process.argv[2] ?? "")
const log = openProviderLog(logFile)
const times = new Map<string, number>()
const acceptedKeys = new Set<string>()
const acceptedDeliveries = new Set<string>()
const told = new Set<string>()
const holding = new Map<Posted, string>()
let engines: ReadonlyArray<{ readonly name: string; readonly url: string }> = []
const noticeIds = new Set<string>()
let pending = 0

const post = async (
  engine: (typeof engines)[number],
  input: unknown,
): Promise<Answer["status"] | undefined> => {
  const signal = AbortSignal.timeout(RECEIPT_TIMEOUT_MS)
  return postJson(`${engine.url}/receipt`, input, signal).then(
    ({ status }) => status,
    () => undefined,
  )
}

/** Tells one receipt until an engine process has answered it, whichever that is. */
const tell = async (via: Via, deliveryId: string, copy: number, delayMs: number): Promise<void> => {
  const { status, reason } = arrivalOf(seed, via, deliveryId)
  if (status === null) return
  await sleep(delayMs)
  for (let tries = 1; ; tries++) {
    const engine = engines[lotBetween(0, Math.max(0, engines.length - 1), seed, deliveryId, copy, tries)]
    const answer = engine && (await post(engine, { deliveryId, status, ...(reason !== null && { reason }) }))
    if (engine !== undefined && answer !== undefined && answer < 500) {
      const answered = answer < 300 ? "acknowledged" : "refused"
      log.write({
        _tag: "Receipt",
        atMs: Date.now(),
        deliveryId,
        status,
        reason,
        by: engine.name,
        answer: answered,
      })
      return
    }
    await sleep(PROVIDER_RETRY_MS)
  }
}

const tellAll = ({ via, deliveryId }: SendBody): void => {
  if (told.has(deliveryId)) return
  told.add(deliveryId)
  for (const [copy, delayMs] of arrivalOf(seed, via, deliveryId).delaysMs.entries()) {
    pending += 1
    void tell(via, deliveryId, copy, delayMs).then(() => (pending -= 1))
  }
}

const judge = ({ via, key }: SendBody, nth: number): { verdict: Verdict; result: SendResult } => {
  const accepted: SendResult = { _tag: "Accepted", providerId: key }
  if (cutsOff(seed, key, nth)) return { verdict: "dropped", result: accepted }
  if (acceptedKeys.has(key) && modes[via].idempotency === "key")
    return { verdict: "repeated", result: accepted }
  const fate = fateOf(seed, key)
  if (fate._tag === "Refuses")
    return { verdict: "refused", result: { _tag: "Rejected", reason: fate.reason, code: "4xx" } }
  if (fate._tag === "Throttles" && nth <= fate.requests)
    return {
      verdict: "throttled",
      result: { _tag: "Rejected", reason: "rate-limited", retryAfterMs: fate.retryAfterMs, code: "429" },
    }
  return { verdict: "accepted", result: accepted }
}

const answerLater = async (request: Posted, lateMs: number, result: SendResult): Promise<void> => {
  await sleep(lateMs)
  holding.delete(request)
  request.answer(200, result)
}

const answerAs = (
  request: Posted,
  manner: Manner,
  from: string,
  lateMs: number,
  result: SendResult,
): void => {
  if (manner === "cuts") return request.cut()
  if (manner === "at-once") return request.answer(200, result)
  holding.set(request, from)
  if (manner === "late") void answerLater(request, lateMs, result)
}

const send = (request: Posted, body: SendBody): void => {
  const { from, via, deliveryId, key, message } = body
  const nth = (times.get(key) ?? 0) + 1
  times.set(key, nth)
  const { verdict, result } = judge(body, nth)
  const manner: Manner =
    verdict === "dropped" ? "cuts" : verdict === "throttled" ? "at-once" : mannerOf(seed, key, nth)
  const isTaken = verdict === "accepted"
  log.write({
    _tag: "Send",
    atMs: Date.now(),
    from,
    via,
    deliveryId,
    key,
    recipient: message.token ?? "customer",
    hash: createHash("sha256").update(JSON.stringify(message)).digest("hex"),
    text: message.text ?? message.body ?? "",
    kind: message.kind ?? null,
    country: message.country ?? null,
    segments: message.segments ?? null,
    verdict,
    manner,
    delivered: isTaken && arrivalOf(seed, via, deliveryId).delivered,
  })
  if (isTaken) {
    acceptedKeys.add(key)
    acceptedDeliveries.add(deliveryId)
    tellAll(body)
  }
  answerAs(request, manner, from, latenessMs(seed, key, nth), result)
}

const lookup = (request: Posted, { from, deliveryId }: LookupBody): void => {
  const isAccepted = acceptedDeliveries.has(deliveryId)
  const answer = isAccepted ? "Accepted" : "Rejected"
  log.write({ _tag: "Lookup", atMs: Date.now(), from, deliveryId, answer })
  // What never arrived may be sent again, if the provider says so.
  const mayRetry = lotBetween(0, 1, seed, deliveryId, "again") === 1
  request.answer(
    200,
    isAccepted
      ? { _tag: answer }
      : { _tag: answer, reason: "unreachable", ...(mayRetry && { retryAfterMs: 50 }) },
  )
}

const provider = await listen((request) => {
  switch (request.path) {
    case "/send":
      return send(request, request.body as SendBody)
    case "/lookup":
      return lookup(request, request.body as LookupBody)
    case "/engines":
      engines = request.body as typeof engines
      return request.answer(204)
    case "/notice": {
      const { id, channelId, notice } = request.body as NoticeCall
      log.write({ _tag: "Notice", atMs: Date.now(), id, channelId, notice })
      noticeIds.add(id)
      return request.answer(204)
    }
    case "/state":
      return request.answer(200, {
        pendingReceipts: pending,
        notices: noticeIds.size,
        holdingFor: [...new Set(holding.values())],
      })
    default:
      return request.answer(404)
  }
})
console.log(provider.url)
process.stdin.resume()
await once(process.stdin, "end")
await provider.close()
log.close()
process.exit(0)
