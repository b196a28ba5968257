/**
 * followup on Restate, put together. Rules R1–R20.
 * @since 0.1.0
 */

import type { EndpointOptions } from "@restatedev/restate-sdk"
import * as Effect from "effect/Effect"
import { makePolicy, type PolicyInput, PolicyInputSchema } from "../core/policy.ts"
import { defaultSend, type SendPolicy } from "../ports/attempt.ts"
import { badInputAt, decodeCall, FollowUpsError } from "../ports/error.ts"
import type { OnNotice } from "../ports/notice.ts"
import {
  functionIssues,
  type Issues,
  ifSaid,
  onNoticeIssues,
  paceIssues,
  transportIssues,
  unknownNames,
  withDefaults,
} from "../ports/option.ts"
import type { AnyTransport } from "../ports/transport.ts"
import { byVia, carriersOf, type Transports } from "../sending/providers.ts"
import { makeCallObject } from "./call-object.ts"
import { makeChannelObject } from "./channel-object.ts"
import { makeClient, type RestateFollowUps } from "./client.ts"
import { type RestateClock, systemClock, wholeMs } from "./clock.ts"
import { makeCustomerObject } from "./customer-object.ts"
import { defaultIngress, type IngressAddress, type IngressPolicy, makeIngress } from "./ingress.ts"
import { makeSender } from "./sender-service.ts"
import { defaultNotices, type NoticePace, type RestateSetting } from "./setting.ts"

/** What a host sets up. Everything may be left out. @since 0.1.0 */
export interface OnRestateOptions {
  /** One transport at most for each of push, SNS, XMS and email; a leg without one is not sent. */
  readonly transports?: ReadonlyArray<AnyTransport>
  /** The product's numbers and choices, where they differ from the defaults; the same in every process. */
  readonly policy?: PolicyInput
  /** Told of each notice: at least once, and exactly once if the host remembers the ids that it has taken. */
  readonly onNotice?: OnNotice
  /** How long `onNotice` may take before it is told again: 15 000 ms unless given. */
  readonly notices?: Partial<NoticePace>
  /** How sending is paced, where it differs from the product's. */
  readonly send?: Partial<SendPolicy>
  /** In place of the system's clock. */
  readonly clock?: RestateClock
}

/** Where Restate is, and how it is called where that differs from the defaults. @since 0.1.0 */
export interface ConnectOptions extends IngressAddress, Partial<IngressPolicy> {}

/** followup on Restate. @since 0.1.0 */
export interface OnRestate {
  /** For the host's Restate endpoint, all together: `restate.serve({ services })`. */
  readonly services: EndpointOptions["services"]
  /**
   * The host's calls through Restate's ingress; a process that only calls needs no transports. Throws a `FollowUpsError`
   * (`bad-input`) for options that make no sense.
   */
  readonly connect: (options: ConnectOptions) => RestateFollowUps
}

const transportsOf = (transports: ReadonlyArray<AnyTransport>): Transports => {
  const twice = transports.filter(
    (one, index) => transports.findIndex((other) => other.via === one.via) < index,
  )
  if (twice.length > 0)
    throw new FollowUpsError({
      reason: "bad-input",
      message: `transports: expected one a leg, but several are for ${twice.map((one) => one.via).join(", ")}`,
    })
  return byVia(transports)
}

const smallestSend = { timeoutMs: 1, graceMs: 0, maxAttempts: 1, backoffMs: 0 }
const smallestIngress = { maxInFlight: 1, timeoutMs: 1, maxAttempts: 1, backoffMs: 0, maxBackoffMs: 0 }
const clockFunctions = { is: "a clock with now and lasts", names: ["now", "lasts"] }

const issuesOf = (options: OnRestateOptions): Issues => [
  ...unknownNames("", options, ["transports", "policy", "onNotice", "notices", "send", "clock"]),
  ...ifSaid(options.transports, transportIssues),
  ...ifSaid(options.onNotice, onNoticeIssues),
  ...ifSaid(options.notices, (given) => paceIssues("notices", given, { timeoutMs: 1 })),
  ...ifSaid(options.send, (given) => paceIssues("send", given, smallestSend)),
  ...ifSaid(options.clock, (given) => functionIssues("clock", given, clockFunctions)),
]

/**
 * The rules as services of Restate, and the way to call them. Throws a `FollowUpsError` (`bad-input`) for options that
 * make no sense.
 * @since 0.1.0
 */
export const followUpsOnRestate = (options: OnRestateOptions = {}): OnRestate => {
  const issues = issuesOf(options)
  if (issues.length > 0) throw badInputAt("followUpsOnRestate", issues)
  const clock = wholeMs(options.clock ?? systemClock)
  const transports = transportsOf(options.transports ?? [])
  const setting: RestateSetting = {
    policy: makePolicy(
      Effect.runSync(decodeCall("followUpsOnRestate: policy", PolicyInputSchema, options.policy ?? {})),
    ),
    transports,
    carriers: carriersOf(transports),
    send: withDefaults(defaultSend, options.send),
    onNotice: options.onNotice,
    notices: withDefaults(defaultNotices, options.notices),
    clock,
  }
  return {
    services: [
      makeCustomerObject(setting),
      makeChannelObject(setting),
      makeCallObject(setting),
      makeSender(setting),
    ],
    connect: ({ url, headers, ...policy }) => {
      const wrong = [
        ...(URL.canParse(url) ? [] : [{ path: "connect.url", expected: "the URL of Restate's ingress" }]),
        ...paceIssues("connect", policy, smallestIngress),
      ]
      if (wrong.length > 0) throw badInputAt("connect", wrong)
      const address = { url, ...(headers !== undefined && { headers }) }
      return makeClient(makeIngress(address, withDefaults(defaultIngress, policy)), clock)
    },
  }
}
