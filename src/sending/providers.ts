/**
 * The providers that a host set up: for each leg several, in order of preference, and what each would take. Rules R6,
 * R8, R9, R15.
 * @since 0.1.0
 */
import type { InputOf } from "../core/customer/input.ts"
import type { Via } from "../core/customer/state.ts"
import type { Attempt } from "../ports/attempt.ts"
import { type Mistake, thrownBy } from "../ports/mistake.ts"
import type { OutboxMessage } from "../ports/store.ts"
import type { AnyTransport, Transport, TransportVia } from "../ports/transport.ts"

/** Transports by leg, each leg's in order of preference. @since 0.1.0 */
export type Transports = { readonly [V in Via]: ReadonlyArray<TransportVia[V]> }

const vias = ["push", "sns", "xms", "email"] as const

const ofVia = <V extends Via>(transports: ReadonlyArray<AnyTransport>, via: V) =>
  transports.filter((transport): transport is TransportVia[V] => transport.via === via)

/** The transports by leg, in their order. Total. @since 0.1.0 */
export const byVia = (transports: ReadonlyArray<AnyTransport>): Transports => ({
  push: ofVia(transports, "push"),
  sns: ofVia(transports, "sns"),
  xms: ofVia(transports, "xms"),
  email: ofVia(transports, "email"),
})

/** The legs for which a transport is there. Total. R15. @since 0.1.0 */
export const carriersOf = (transports: Transports): ReadonlySet<Via> =>
  new Set(vias.filter((via) => transports[via].length > 0))

/** The first transport that has the leg and the name of one before it; undefined when all differ. Total. @since 0.1.0 */
export const namedTwice = (transports: ReadonlyArray<AnyTransport>): AnyTransport | undefined =>
  transports.find((one, index) =>
    transports.slice(0, index).some((other) => other.via === one.via && other.name === one.name),
  )

/** A provider apart from what it is sent. @since 0.1.0 */
export type Provider = Omit<Transport<never>, "send" | "handles">

/**
 * Whether more can come to be known of an answer: as its provider tells. Nobody tells more where nobody was asked, unless
 * somebody may have it whom nobody can name any more. Total. R7, R9.
 * @since 0.1.0
 */
export const tellsMore = (
  { _tag }: InputOf<"SendAnswered">["result"],
  provider: Provider | undefined,
): boolean => (provider === undefined ? _tag === "Uncertain" : provider.receipts !== "none")

/** A provider that would take a part of a message, and the way to send it. @since 0.1.0 */
export interface Offer {
  readonly provider: Provider
  readonly send: Attempt
}

/** A part of a message that goes by itself, as those who would take it, in order of preference. @since 0.1.0 */
export type Part = ReadonlyArray<Offer>

/** Hears what a provider's `handles` did wrong. @since 0.1.0 */
export type MistakenHandles = (provider: Provider, mistake: Mistake) => void

// What throws instead of saying whether it takes a message does not take it.
const takes = <M>(transport: Transport<M>, message: M, mistaken: MistakenHandles): boolean => {
  try {
    return transport.handles?.(message) ?? true
  } catch (error) {
    mistaken(transport, thrownBy(error))
    return false
  }
}

const partFor = <M>(
  transports: ReadonlyArray<Transport<M>>,
  message: M,
  mistaken: MistakenHandles,
  keySuffix = "",
): Part =>
  transports
    .filter((transport) => takes(transport, message, mistaken))
    .map((transport) => ({
      provider: transport,
      send: (context) =>
        transport.send(message, { ...context, idempotencyKey: `${context.idempotencyKey}${keySuffix}` }),
    }))

/** A message's parts: one, or for a push one a device. Total. R6. @since 0.1.0 */
export const partsOf = (
  transports: Transports,
  message: OutboxMessage,
  mistaken: MistakenHandles,
): ReadonlyArray<Part> => {
  switch (message.via) {
    case "push": {
      const { tokens, via: _, ...rest } = message
      // A key names one send: were it the same for all devices, a provider would send to the first only.
      return tokens.map((token, index) => partFor(transports.push, { ...rest, token }, mistaken, `/${index}`))
    }
    case "sns":
      return [partFor(transports.sns, message, mistaken)]
    case "xms":
      return [partFor(transports.xms, message, mistaken)]
    case "email":
      return [partFor(transports.email, message, mistaken)]
    case "unreadable":
      return []
  }
}
