/**
 * Twilio's error codes in our words, as its error dictionary (twilio.com/docs/api/errors) explains them. Rules R9, R20.
 *
 * Codes below 30000 answer a request; 30xxx and 63xxx say why a message that was taken over did not arrive. Codes that
 * are not here say nothing of their own: the status of the answer, or of the message, then decides.
 * @since 0.1.0
 */
import type { RejectReason } from "../../ports/transport.ts"

const reasons: Readonly<Record<string, RejectReason>> = {
  // The account and its credentials.
  20003: "auth",
  20006: "auth",
  20008: "auth",
  20404: "config",
  20429: "rate-limited",
  30002: "auth",
  63038: "quota",
  // Whom it is for.
  21211: "invalid-address",
  21214: "invalid-address",
  21217: "invalid-address",
  21265: "invalid-address",
  21266: "invalid-address",
  21268: "invalid-address",
  21401: "invalid-address",
  21604: "invalid-address",
  21614: "invalid-address",
  21635: "invalid-address",
  21610: "opted-out",
  21612: "unreachable",
  // The country is not switched on for the account; the account is a trial that may write to verified numbers only.
  21408: "config",
  21267: "config",
  21608: "config",
  // In whose name.
  21212: "sender-not-allowed",
  21601: "sender-not-allowed",
  21606: "sender-not-allowed",
  21659: "sender-not-allowed",
  21660: "sender-not-allowed",
  21661: "sender-not-allowed",
  21603: "config",
  21701: "config",
  21703: "config",
  21704: "config",
  21705: "config",
  // What it says, and how it is asked for.
  21602: "content",
  21605: "content",
  21617: "content",
  21619: "content",
  21609: "config",
  // The sender's queue is full.
  21611: "rate-limited",
  30001: "rate-limited",
  30022: "rate-limited",
  30023: "quota",
  30027: "quota",
  // What the carriers say.
  30003: "unreachable",
  30004: "blocked",
  30005: "invalid-address",
  30006: "invalid-address",
  30007: "filtered",
  30009: "provider-error",
  30010: "config",
  30017: "unreachable",
  30018: "sender-not-allowed",
  30019: "content",
  30024: "sender-not-allowed",
  30032: "sender-not-allowed",
  30034: "sender-not-allowed",
  30036: "unreachable",
}

/** Codes that {@link reasonOf} knows. @since 0.1.0 */
export const knownCodes: ReadonlyArray<string> = Object.keys(reasons)

/** What a code means; undefined when it says nothing of its own. Total. @since 0.1.0 */
export const reasonOf = (code: unknown): RejectReason | undefined =>
  (typeof code === "number" || typeof code === "string") && Object.hasOwn(reasons, code)
    ? reasons[code]
    : undefined
