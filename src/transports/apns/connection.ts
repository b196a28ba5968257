/**
 * The connection that all messages share: made when the first needs it, and made anew when it ends. RFC 9113.
 * @since 0.1.0
 */
import type { OutgoingHttpHeaders } from "node:http2"
import { type Exchanged, unlessAborted } from "../http/index.ts"
import {
  exchangeOn,
  isFree,
  isThere,
  type Line,
  type LineSetting,
  occupy,
  openLine,
  release,
} from "./line.ts"

/** A connection that is there whenever it is needed. @since 0.1.0 */
export interface Connection {
  /** Makes a request and reads its answer. Never rejects. */
  readonly request: (headers: OutgoingHttpHeaders, body: string, signal: AbortSignal) => Promise<Exchanged>
  /** Takes no more requests, and settles when those under way have. */
  readonly close: () => Promise<void>
}

type NotSent = Extract<Exchanged, { readonly _tag: "NotSent" }>

const notSent = (code: string): NotSent => ({ _tag: "NotSent", code })

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/

const codeOf = (error: unknown): string => {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined
  return typeof code === "string" && CODE.test(code) ? code : "no connection"
}

/** The line that new requests go by, the older ones that still have some under way, and who waits for room. */
interface Switchboard {
  readonly setting: LineSetting
  readonly lines: Set<Line>
  current: { readonly line: Line; readonly ready: Promise<Line> } | undefined
  waiting: Array<() => void>
  isClosed: boolean
}

const wake = (board: Switchboard): void => {
  const { waiting } = board
  board.waiting = []
  for (const woken of waiting) woken()
}

const lineOf = (board: Switchboard): Promise<Line> => {
  // Told that the server goes away, a session closes before we hear of it.
  if (board.current?.line.session.closed) board.current.line.retire()
  if (board.current !== undefined && !board.current.line.isRetired) return board.current.ready
  const opened = openLine(board.setting, () => wake(board))
  board.current = opened
  board.lines.add(opened.line)
  void opened.line.gone.then(() => board.lines.delete(opened.line))
  return opened.ready
}

const room = (board: Switchboard): Promise<void> => new Promise((resolve) => void board.waiting.push(resolve))

// A line with room for one more request, which is counted already.
const take = async (board: Switchboard, signal: AbortSignal): Promise<Line | NotSent> => {
  while (!board.isClosed && !signal.aborted) {
    try {
      const line = await unlessAborted(lineOf(board), signal)
      if (line === undefined || !(await unlessAborted(isThere(line, board.setting), signal))) continue
      if (board.isClosed || line.isRetired || line.session.closed) continue
      if (isFree(line)) {
        occupy(line)
        return line
      }
      await unlessAborted(room(board), signal)
    } catch (error) {
      return notSent(codeOf(error))
    }
  }
  return notSent(board.isClosed ? "closed" : "aborted")
}

const end = async (board: Switchboard): Promise<void> => {
  board.isClosed = true
  const lines = [...board.lines]
  for (const line of lines) line.retire()
  await Promise.all(lines.map(({ gone }) => gone))
}

/** The connection to a server, made when the first request needs it. @since 0.1.0 */
export const connectionTo = (setting: LineSetting): Connection => {
  const board: Switchboard = {
    setting,
    lines: new Set(),
    current: undefined,
    waiting: [],
    isClosed: false,
  }
  return {
    request: async (headers, body, signal) => {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(setting.timeoutMs)])
      const late = (): string => (signal.aborted ? "aborted" : "timed out")
      const line = await take(board, bounded)
      if ("_tag" in line) return bounded.aborted ? notSent(late()) : line
      const exchanged = await exchangeOn(line, headers, body, bounded, setting)
      // A server that lets requests time out may be gone without a word: the next go by another line.
      if (bounded.aborted && !signal.aborted) line.retire()
      release(line)
      wake(board)
      return exchanged._tag === "Lost" && bounded.aborted ? { _tag: "Lost", code: late() } : exchanged
    },
    close: () => end(board),
  }
}
