/**
 * Solapi's reports: a static token opens the door, and each report is believed only once Solapi, asked for the message,
 * says so itself. Rules R9, R20.
 *
 * `X-Solapi-Secret` is the SHA-1 of the webhook's secret, the same in every request, and covers nothing of the body:
 * whoever saw one request could write others. Of a report only the message's id is used; everything else comes from the
 * account's own record of that message. A request that comes again therefore says what is true now.
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { Webhook, WebhookEvent } from "../../ports/webhook.ts"
import { at, Credential, isSame, parseJson, readOptions, webhookOf } from "../http/index.ts"
import { accountFields, recordOf, type SolapiAccount } from "./account.ts"
import { eventsOfRecord, isMessageId } from "./status.ts"

/**
 * How Solapi's reports are verified.
 * @since 0.1.0
 */
export interface SolapiWebhookOptions extends SolapiAccount {
  /** The secret that the webhook was given in Solapi's console. */
  readonly webhookSecret: string
}

const SolapiWebhookOptionsSchema: Schema.Codec<SolapiWebhookOptions> = Schema.Struct({
  ...accountFields,
  webhookSecret: Credential,
})

// Reports come in batches. So many are asked for at a time, and no more than so many in one request.
const BATCH = 10
const MAX_REPORTS = 500

/**
 * How long asking may take for one request, in ms: a minute, 1.2 s for each of 50 batches. Beyond that, a connection of
 * the host would be held for reports that come again anyhow.
 */
const MAX_ASKING_MS = 60_000

/** The messages that the reports are about; none for reports on groups. Undefined when these are no reports. */
const messageIdsIn = (text: string): ReadonlyArray<string> | undefined => {
  const reports = parseJson(text)
  if (!Array.isArray(reports) || reports.length > MAX_REPORTS) return undefined
  if (!reports.every((report) => typeof report === "object" && report !== null)) return undefined
  const ids = reports.map((report) => at(report, "messageId")).filter((id) => id !== undefined && id !== null)
  return ids.every(isMessageId) ? [...new Set(ids)] : undefined
}

type Confirmed = ReadonlyArray<WebhookEvent> | 401 | 503

const confirmAll = async (
  account: SolapiAccount,
  ids: ReadonlyArray<string>,
  signal: AbortSignal,
): Promise<Confirmed> => {
  const events: Array<WebhookEvent> = []
  for (let start = 0; start < ids.length; start += BATCH) {
    const batch = ids.slice(start, start + BATCH)
    const records = await Promise.all(batch.map((id) => recordOf(account, id, signal)))
    if (records.includes(undefined)) return 503
    if (records.includes(null)) return 401
    events.push(...records.flatMap(eventsOfRecord))
  }
  return events
}

/**
 * Reads Solapi's reports on messages (`SINGLE-REPORT`) and asks Solapi for each of them. Messages of other programs on
 * the account, reports on groups and messages still on their way have no events. 401 also for a message that the account
 * does not know, 503 when Solapi cannot be asked, or not within a minute for all of a request: it then reports again.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const solapiWebhook = (options: SolapiWebhookOptions): Webhook => {
  const settings = readOptions("solapiWebhook", SolapiWebhookOptionsSchema, options)
  const token = createHash("sha1").update(settings.webhookSecret).digest("hex")
  return async (request) =>
    webhookOf({
      isAuthentic: ({ headers }) => isSame(headers.get("x-solapi-secret") ?? "", token),
      eventsOf: (text) => {
        const ids = messageIdsIn(text)
        const bounded = AbortSignal.any([request.signal, AbortSignal.timeout(MAX_ASKING_MS)])
        return ids && confirmAll(settings, ids, bounded)
      },
    })(request)
}
