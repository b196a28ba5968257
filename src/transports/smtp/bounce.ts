/**
 * What a mail server reports back of a mail, as events: delivered, or failed and why. Rules R13, R20.
 * @since 0.1.0
 */
import { parseDeliveryId } from "../../core/customer/state.ts"
import { mailDeliveryId } from "../../core/email/thread.ts"
import type { RejectReason } from "../../ports/transport.ts"
import type { WebhookEvent } from "../../ports/webhook.ts"
import { MAX_WEBHOOK_BYTES } from "../http/index.ts"
import { reasonOfStatus } from "./failure.ts"
import { type DeliveryReport, type Fields, readReport } from "./report.ts"

// The mail bears our delivery's id twice: on its envelope where that has room for it and the servers know RFC 3461,
// and in its Message-ID.
const deliveryIdOf = ({ mail, returned }: DeliveryReport): string | undefined => {
  const envelopeId = mail.get("original-envelope-id") ?? ""
  return parseDeliveryId(envelopeId)?.via === "email"
    ? envelopeId
    : mailDeliveryId(returned.get("message-id") ?? "")
}

const actionOf = (recipient: Fields): string =>
  (recipient.get("action") ?? "").split(/[\s(;]/, 1)[0]?.toLowerCase() ?? ""

const statusOf = (recipient: Fields): string => (recipient.get("status") ?? "").split(/[\s(;]/, 1)[0] ?? ""

// RFC 3463, 3.8: security and policy, where nothing closer is said, is what filters refuse with.
const reasonOf = (status: string): RejectReason =>
  reasonOfStatus(status) ?? (/^[245]\.7\./.test(status) ? "filtered" : "unknown")

/**
 * What a mail says, as it came to the address where reports go: at most one `Receipt`, and nothing when it is no
 * report (RFC 3464), is not about one of our mails, or has no last word (`delayed`, `relayed`). Only fields are read,
 * never prose, and of the mail no more than its first 1 MiB. Several recipients are those of an alias: one of them is
 * enough. Total. R20.
 *
 * A report is not signed: see to it that only your own mail server can bring one.
 *
 * @example
 * smtpBounce("Subject: I am on holiday\r\n\r\nBack on Monday.") // => []
 *
 * @since 0.1.0
 */
export const smtpBounce = (raw: Uint8Array | string): ReadonlyArray<WebhookEvent> => {
  const start = raw.slice(0, MAX_WEBHOOK_BYTES)
  const report = readReport(typeof start === "string" ? start : Buffer.from(start).toString("latin1"))
  const deliveryId = report && deliveryIdOf(report)
  if (report === undefined || deliveryId === undefined) return []
  if (report.recipients.some((recipient) => actionOf(recipient) === "delivered"))
    return [{ _tag: "Receipt", deliveryId, status: "delivered" }]
  const failed = report.recipients.find((recipient) => actionOf(recipient) === "failed")
  return failed === undefined
    ? []
    : [{ _tag: "Receipt", deliveryId, status: "failed", reason: reasonOf(statusOf(failed)) }]
}
