/**
 * Draws a message on the terminal as the customer would see it, and sends nothing: for trying things out. Rules R6–R9,
 * R13.
 *
 * @module followup/transports/console
 * @since 0.1.0
 */
import process from "node:process"
import type {
  EmailMessage,
  PushMessage,
  SendResult,
  SnsMessage,
  Transport,
  Via,
  XmsMessage,
} from "../../ports/transport.ts"
import { columnsOf, printable, wrap } from "./columns.ts"

/**
 * The message of each way to reach a customer.
 *
 * @since 0.1.0
 */
export interface MessageVia {
  readonly push: PushMessage
  readonly sns: SnsMessage
  readonly xms: XmsMessage
  readonly email: EmailMessage
}

/**
 * How to draw, and what to answer.
 *
 * @since 0.1.0
 */
export interface ConsoleOptions {
  /** Takes the drawing, some lines each ending in LF; standard output by default. */
  readonly write?: (text: string) => void
  /** Whether to use colour; by default on a terminal, unless the environment sets `NO_COLOR`. */
  readonly color?: boolean
  /** What every message is answered with; `Accepted` by default. */
  readonly answer?: SendResult
}

/** A box on the terminal: what is on its edge, and its paragraphs. */
interface Sketch {
  readonly title: string
  readonly paragraphs: readonly string[]
}

const sketches: { readonly [V in Via]: (message: MessageVia[V]) => Sketch } = {
  push: ({ title, body, link }) => ({ title: "Push", paragraphs: [title, body, link ?? ""] }),
  sns: ({ to, text, link }) => ({ title: `SNS to ${to}`, paragraphs: [text, link ?? ""] }),
  xms: ({ to, kind, segments, text }) => ({
    title: `${kind} to ${to}${segments > 1 ? ` (${segments} segments)` : ""}`,
    paragraphs: [text],
  }),
  email: ({ to, from, subject, text }) => ({
    title: `Email to ${to}`,
    paragraphs: [`${from.name} <${from.address}>\n${subject}`, text],
  }),
}

/** Columns between the edges of a box, without the blank on either side. */
const WIDTH_COLUMNS = 56

// ECMA-48 colours: magenta, yellow, green, cyan.
const colors: { readonly [V in Via]: number } = { push: 35, sns: 33, xms: 32, email: 36 }

const boxLines = ({ title, paragraphs }: Sketch, edge: (text: string) => string): readonly string[] => {
  const content = paragraphs.map(printable).filter((text) => text !== "")
  const [label = ""] = wrap(printable(title).replaceAll("\n", " "), WIDTH_COLUMNS - 2)
  const body = wrap(content.join("\n\n").trimEnd(), WIDTH_COLUMNS)
  return [
    edge(`╭─ ${label} ${"─".repeat(WIDTH_COLUMNS - 1 - columnsOf(label))}╮`),
    ...body.map((line) => `${edge("│")} ${line}${" ".repeat(WIDTH_COLUMNS - columnsOf(line))} ${edge("│")}`),
    edge(`╰${"─".repeat(WIDTH_COLUMNS + 2)}╯`),
  ]
}

const mayColor = (): boolean => process.stdout.isTTY && !process.env["NO_COLOR"]

/**
 * Shows each message as a small box: a push's banner, a text's bubble, a mail's plain text. Korean, Japanese and emoji
 * take their two columns, and control characters are shown as signs, so a message cannot drive the terminal.
 *
 * @example
 * consoleTransport("xms").via // => "xms"
 *
 * @since 0.1.0
 */
export const consoleTransport = <V extends Via>(
  via: V,
  options: ConsoleOptions = {},
): Transport<MessageVia[V]> => {
  const { write = (text: string) => process.stdout.write(text), answer = { _tag: "Accepted" } } = options
  const color = options.color ?? (options.write === undefined && mayColor())
  const edge = (text: string): string => (color ? `\u001b[${colors[via]}m${text}\u001b[0m` : text)
  const sketch: (message: MessageVia[V]) => Sketch = sketches[via]
  return {
    name: "console",
    via,
    receipts: "none",
    idempotency: "none",
    send: async (message, { signal }) => {
      if (signal.aborted) return { _tag: "Rejected", reason: "unreachable" }
      write(`${boxLines(sketch(message), edge).join("\n")}\n`)
      return answer
    },
  }
}
