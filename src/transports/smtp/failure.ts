/**
 * What a failed attempt over SMTP means: refused for certain and why, or not known. Rules R13, R20.
 *
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"

/** What nodemailer's errors carry, as far as it is used: never their message, which repeats addresses. */
interface SmtpError {
  /** nodemailer's code, such as `EENVELOPE`. */
  readonly code: string
  /** The system's code behind it, such as `ECONNREFUSED`; empty for none. */
  readonly cause: string
  /** The command that was under way, such as `RCPT TO`. */
  readonly command: string
  /** The server's three digits; 0 when it did not answer. */
  readonly reply: number
  /** RFC 3463 status without its class, such as `1.1` of `5.1.1`; empty for none. */
  readonly status: string
}

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/

const readError = (error: unknown): SmtpError => {
  const field = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined
  const code = (name: string): string => {
    const value = field(name)
    return typeof value === "string" && CODE.test(value) ? value : ""
  }
  const words = (name: string): string => {
    const value = field(name)
    return typeof value === "string" ? value : ""
  }
  const reply = field("responseCode")
  return {
    code: code("code"),
    cause: code("originalCode"),
    command: words("command"),
    reply: typeof reply === "number" ? reply : 0,
    status: /^\d{3}[ -][45]\.(\d{1,3}\.\d{1,3})\b/.exec(words("response"))?.[1] ?? "",
  }
}

/** The digits and names of an error, and nothing that came from the message or from its addressee. */
const codeOf = ({ code, cause, reply, status }: SmtpError): string =>
  [code, cause, reply > 0 ? String(reply) : "", status && `${Math.floor(reply / 100)}.${status}`]
    .filter(Boolean)
    .join(" ")

type Reasons = ReadonlyArray<readonly [prefix: string, reason: RejectReason]>

// RFC 3463 and its registry at IANA, longest prefix first.
const byStatus: Reasons = [
  ["1.6", "gone"],
  ["1.7", "sender-not-allowed"],
  ["1.8", "sender-not-allowed"],
  ["1.", "invalid-address"],
  ["2.1", "gone"],
  ["2.3", "content"],
  ["2.", "unreachable"],
  ["3.4", "content"],
  ["4.", "unreachable"],
  ["6.", "content"],
  ["7.8", "auth"],
  ["7.9", "auth"],
  // 7.20 to 7.27: signatures and sender policies.
  ["7.2", "sender-not-allowed"],
]

// Servers that give no status, or only a general one: RFC 5321 4.2.3 and RFC 4954 by the command and three digits.
const byCommand: Reasons = [
  ["MAIL FROM 530", "auth"],
  ["MAIL FROM 552", "content"],
  ["MAIL FROM", "sender-not-allowed"],
  ["RCPT TO 530", "auth"],
  ["RCPT TO 552", "unreachable"],
  ["RCPT TO 554", "sender-not-allowed"],
  ["RCPT TO 55", "invalid-address"],
  ["DATA 552", "content"],
  ["DATA 55", "filtered"],
  ["AUTH", "auth"],
  ["STARTTLS", "config"],
]

// Failures without an answer from the server; only those to `unreachable` can pass by themselves.
const byCode: Readonly<Record<string, RejectReason>> = {
  EDNS: "unreachable",
  ECONNECTION: "unreachable",
  ESOCKET: "unreachable",
  ETIMEDOUT: "unreachable",
  EPROTOCOL: "unreachable",
  EPROXY: "unreachable",
  EABORT: "unreachable",
  EAUTH: "auth",
  ENOAUTH: "auth",
  EENVELOPE: "invalid-address",
  EMESSAGE: "content",
  ETLS: "config",
  ECONFIG: "config",
  ERR_ACCESS_DENIED: "config",
}

const lookUp = (reasons: Reasons, key: string): RejectReason | undefined =>
  reasons.find(([prefix]) => key.startsWith(prefix))?.[1]

/**
 * What an RFC 3463 status means, such as `5.1.1`; undefined when it is none, or one that is too general. Its class is
 * not looked at. Total. R13.
 *
 * @example
 * reasonOfStatus("5.1.1") // => "invalid-address"
 * reasonOfStatus("5.0.0") // => undefined
 *
 * @since 0.1.0
 */
export const reasonOfStatus = (status: string): RejectReason | undefined =>
  lookUp(byStatus, /^[245]\.(\d{1,3}\.\d{1,3})$/.exec(status)?.[1] ?? "")

const aboutUs = (command: string): boolean => /^(?:STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA)/.test(command)

/** Reason of a refusal for now (4xx): too much at once, or greylisting; else something that is out of order there. */
const passingReason = ({ command, reply, status }: SmtpError): RejectReason => {
  if (command.startsWith("AUTH")) return "auth"
  if (status !== "") return status.startsWith("7.") ? "rate-limited" : "unreachable"
  return reply === 450 || reply === 451 ? "rate-limited" : "unreachable"
}

const lastingReason = ({ command, reply, status }: SmtpError): RejectReason =>
  lookUp(byStatus, status) ?? lookUp(byCommand, `${command} ${reply}`) ?? "unknown"

const reject = (error: SmtpError, reason: RejectReason, retryAfterMs?: number): SendResult => {
  const code = codeOf(error)
  return {
    _tag: "Rejected",
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(code !== "" && { code }),
  }
}

const refusal = (error: SmtpError, retryAfterMs: number): SendResult => {
  // A server that turns everybody away says nothing about this mail, nor about these credentials.
  if (!aboutUs(error.command)) return reject(error, "unreachable", retryAfterMs)
  if (error.reply < 500) return reject(error, passingReason(error), retryAfterMs)
  return reject(error, lastingReason(error))
}

/**
 * What a failed attempt amounts to. Total. R13.
 *
 * Before the hand-over has begun, nothing was sent, whatever the error. Afterwards only a refusal in answer to the
 * whole mail is certain; a lost connection, a time-out or an abort is `Uncertain`. `retryAfterMs` goes with what may
 * pass by itself: a 4xx answer, or a server that could not be reached.
 *
 * @since 0.1.0
 */
export const resultOfFailure = (
  failure: unknown,
  { handoverBegun, retryAfterMs }: { readonly handoverBegun: boolean; readonly retryAfterMs: number },
): SendResult => {
  const error = readError(failure)
  const refused = error.reply >= 400 && error.reply < 600
  if (handoverBegun && !(error.code === "EMESSAGE" && refused)) {
    const code = codeOf(error)
    return { _tag: "Uncertain", ...(code !== "" && { code }) }
  }
  if (refused) return refusal(error, retryAfterMs)
  const reason = byCode[error.code] ?? "unknown"
  return reject(error, reason, reason === "unreachable" ? retryAfterMs : undefined)
}
