/**
 * The other side of the wire: a provider that does as the transport contract tells it, misbehaviour included.
 * @since 0.1.0
 */

/**
 * What a provider or the network can do instead of answering.
 *
 * - `refuse`: nobody listens.
 * - `cut-before`: the connection is cut before the message was read.
 * - `cut-after`: it is cut once all of the message was read, before any answer.
 * - `cut-answer`: it is cut in the middle of the answer.
 * - `hang`: all of the message is read, and no answer comes.
 * - `drip`: the answer comes by the byte, and never ends.
 * - `flood`: the answer is longer than any that makes sense.
 * - `redirect`: it points to another host; what arrives there counts as a try as well.
 * @since 0.1.0
 */
export type Fault =
  | "refuse"
  | "cut-before"
  | "cut-after"
  | "cut-answer"
  | "hang"
  | "drip"
  | "flood"
  | "redirect"

/** How a provider behaves; `answerTo` says what it answers to a message, given all that it was told. @since 0.1.0 */
export interface Play<Answer> {
  readonly does: "answer" | Fault
  readonly answerTo: (told: string) => Answer
}

/** A provider that is running. @since 0.1.0 */
export interface Playing<At> {
  /** Where it is, as the transport wants to know it. */
  readonly at: At
  readonly heard: {
    /** How often it was asked to take a message, whether it read the message or not. */
    readonly tries: number
    /** What it was told, for each message that it read whole: with headers, address and key, as far as there are. */
    readonly told: ReadonlyArray<string>
    /** Whether an answer that is too long was taken to its end. */
    readonly drained: boolean
  }
  readonly close: () => Promise<void>
}

/** A provider that can be started to behave in one way. @since 0.1.0 */
export interface Counterpart<At, Answer> {
  /** The faults that it can show; the contract has no cases of the others. */
  readonly faults: ReadonlyArray<Fault>
  /** Whether an answer accepts before it ends, say by its status, so that it may be cut and accept all the same. */
  readonly acceptsEarly: boolean
  /** Answers of which nobody can say whether the message was sent, by names, given the one that accepts. */
  readonly unclear: (accepted: Answer) => Readonly<Record<string, Answer>>
  readonly open: (play: Play<Answer>) => Promise<Playing<At>>
}
