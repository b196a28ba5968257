/**
 * An engine in a process of its own. What a host tells comes in over HTTP and is answered once it is committed; what
 * is sent goes to the provider over HTTP. It says where it listens once it is open, and closes at the end of standard
 * input.
 */
import { once } from "node:events"
import type { PolicyInput } from "../../src/core/policy.ts"
import {
  FollowUps,
  FollowUpsError,
  type OpenFollowUps,
  type SendContext,
  type SendResult,
  type Transport,
  type Via,
} from "../../src/engine/index.ts"
import type { Mode } from "./behavior.ts"
import { layerOf, type StoreSetting } from "./database.ts"
import { listen, type Posted, postJson } from "./post-json.ts"
import type { LookupBody, SendBody } from "./provider-process.ts"
import { enginePolicy } from "./setting.ts"

/** What an engine process is started with, as JSON. */
export interface EngineSetting {
  /** Which process, and which of its lives. */
  readonly name: string
  readonly provider: string
  readonly store: StoreSetting
  readonly policy: PolicyInput
  readonly modes: Readonly<Record<Via, Mode>>
}

const { name, provider, store, policy, modes }: EngineSetting = JSON.parse(process.argv[2] ?? "")

const NOTICE_TIMEOUT_MS = 1_000

const codeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error && "code" in error.cause
    ? error.cause.code
    : undefined

// Only who cannot be reached has certainly not read the message.
const ask = (path: string, body: SendBody | LookupBody, signal: AbortSignal): Promise<SendResult> =>
  postJson<SendResult>(`${provider}${path}`, body, signal).then(
    (answer) => answer.body,
    (error) =>
      codeOf(error) === "ECONNREFUSED"
        ? { _tag: "Rejected", reason: "unreachable" }
        : { _tag: "Uncertain", code: "no answer" },
  )

const evidence = { push: "app", sns: "handset", xms: "handset", email: "provider" } as const

const transport = <M extends SendBody["message"], V extends Via>(via: V): Transport<M> & { via: V } => ({
  name: "torture",
  via,
  receipts: evidence[via],
  idempotency: modes[via].idempotency,
  send: (message, { deliveryId, idempotencyKey: key, signal }) =>
    ask("/send", { from: name, via, deliveryId, key, message }, signal),
  ...(modes[via].lookup && {
    lookup: (deliveryId: string, { signal }: SendContext) =>
      ask("/lookup", { from: name, deliveryId }, signal),
  }),
})

const callOf = (followUps: OpenFollowUps, path: string, input: unknown): Promise<void> | undefined => {
  const calls: Readonly<Record<string, (input: never) => Promise<void>>> = {
    "/channel": (call: never) => followUps.channel(call),
    "/customer": (call: never) => followUps.customer(call),
    "/presence": (call: never) => followUps.presence(call),
    "/message": (call: never) => followUps.message(call),
    "/read": (call: never) => followUps.read(call),
    "/receipt": (call: never) => followUps.receipt(call),
  }
  return calls[path]?.(input as never)
}

const isForNow = (error: unknown): boolean =>
  error instanceof FollowUpsError && (error.reason === "store" || error.reason === "closed")

const hear = (followUps: OpenFollowUps, { path, body, answer }: Posted): void => {
  const call = callOf(followUps, path, body)
  if (call === undefined) return answer(404)
  call.then(
    () => answer(204),
    (error: unknown) => answer(isForNow(error) ? 503 : 409, { message: String(error) }),
  )
}

const followUps = await FollowUps.open({
  store: layerOf(store),
  transports: [transport("push"), transport("sns"), transport("xms"), transport("email")],
  policy: { ...policy, email: { defaultDomain: "mail.example", ...policy.email } },
  engine: enginePolicy,
  onNotice: async (notice) => {
    const { status } = await postJson(`${provider}/notice`, notice, AbortSignal.timeout(NOTICE_TIMEOUT_MS))
    if (status !== 204) throw new Error(`expected 204, not ${status}`)
  },
})
const ingress = await listen((request) => hear(followUps, request))
console.log(ingress.url)
process.stdin.resume()
await once(process.stdin, "end")
await ingress.close()
await followUps.close()
process.exit(0)
