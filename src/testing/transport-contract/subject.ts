/**
 * What the transport contract is told of a transport and its provider.
 * @since 0.1.0
 */
import type { RejectReason, SendResult, Transport } from "../../ports/transport.ts"
import type { Webhook } from "../../ports/webhook.ts"
import type { Counterpart } from "./counterpart.ts"

/** An answer that refuses, and what is to be made of it. R9. @since 0.1.0 */
export interface ExpectedRejection<Answer> {
  readonly answer: Answer
  readonly reason: RejectReason
  /** Wait that the result must ask for, in ms; left out, it must ask for none. */
  readonly retryAfterMs?: number
}

/** An answer to the question what became of a delivery, and what is to be made of it. R9. @since 0.1.0 */
export interface ExpectedLookup<Answer> {
  readonly answer: (deliveryId: string) => Answer
  /** `undefined`: the provider cannot tell yet. A `providerId` or `code` that is left out may be anything. */
  readonly result: SendResult | undefined
}

/** A webhook and what its provider sends to it. R7, R9. @since 0.1.0 */
export interface WebhookSample {
  readonly receive: Webhook
  /** Requests as the provider sends them, signed and made anew at each call; at least one has events. */
  readonly requests: () => ReadonlyArray<Request>
  /** Whether the provider signs the body, as it does unless said; some only show that they know a secret. */
  readonly signsBody?: boolean
}

/** How the transport contract is run over one transport. @since 0.1.0 */
export interface TransportContractOptions<M, At, Answer> {
  /** The provider's side. */
  readonly counterpart: Counterpart<At, Answer>
  /**
   * A message that the provider accepts. The mark, some letters and digits, has to be in it where the provider can read
   * it: in its text, or in its address where the text is encrypted.
   */
  readonly message: (mark: string, at: At) => M
  /** What the provider answers to a message, by its documentation. */
  readonly answers: {
    readonly accepted: NoInfer<Answer>
    /** By names of your choice, such as the provider's codes. */
    readonly rejected: Readonly<Record<string, ExpectedRejection<NoInfer<Answer>>>>
    /** Further answers that leave it open whether the message was sent, by names of your choice. */
    readonly unclear?: Readonly<Record<string, NoInfer<Answer>>>
  }
  /** Credentials, and the message's contacts and words: what no result and no error may repeat. */
  readonly secrets: ReadonlyArray<string>
  /** Required where the transport has `lookup`: what the provider answers, by names of your choice. */
  readonly lookups?: Readonly<Record<string, ExpectedLookup<NoInfer<Answer>>>>
  /** For a transport whose provider has webhooks. */
  readonly webhook?: WebhookSample
  /** Time-out that the transport is made with where the provider does not answer, in ms; 250 unless given. */
  readonly timeoutMs?: number
  /** How long after a time-out or an abort `send` may take to settle, in ms; 2 000 unless given. */
  readonly graceMs?: number
}

/** A transport, and how to end it where it holds something open. @since 0.1.0 */
export type TransportUnderTest<M> = Transport<M> & { readonly close?: () => Promise<void> }

/**
 * Makes the transport that is tried. `timeoutMs` is the longest time that it may wait for the provider.
 * @since 0.1.0
 */
export type MakeTransport<M, At> = (at: At, timeoutMs: number) => TransportUnderTest<M>

/** Everything that the contract's cases are made from. @since 0.1.0 */
export interface Subject<M, At, Answer> extends TransportContractOptions<M, At, Answer> {
  readonly make: MakeTransport<M, At>
  readonly timeoutMs: number
  readonly graceMs: number
}

/** Cases by their names. @since 0.1.0 */
export type SubjectCases = Readonly<Record<string, () => Promise<void>>>
