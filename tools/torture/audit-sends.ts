/**
 * Laws of what was sent: by the provider's own log, against the history. Pure.
 */
import {
  all,
  type CaseFile,
  type DeliveryCase,
  groupBy,
  heard,
  outcomeOf,
  wasDelivered,
  wasTaken,
} from "./case-file.ts"
import type { SendRequest, Violation } from "./evidence.ts"

const cases = (file: CaseFile): ReadonlyArray<DeliveryCase> => [...file.deliveries.values()]

const ONE_MESSAGE = "one delivery id is one message"

const times = (items: ReadonlyArray<string>): number => new Set(items).size

/** A key always has the same content, a recipient the same key, and two recipients have two keys. */
export const mixedUp = (file: CaseFile): ReadonlyArray<Violation> =>
  cases(file).flatMap(({ deliveryId, sends }) => {
    const keys = times(sends.map(({ key }) => key))
    const recipients = times(sends.map(({ recipient }) => recipient))
    const contents = times(sends.map(({ hash }) => hash))
    const pairs = times(sends.map(({ key, recipient, hash }) => JSON.stringify([key, recipient, hash])))
    return keys === recipients && recipients === contents && contents === pairs
      ? []
      : [
          {
            law: ONE_MESSAGE,
            about: deliveryId,
            expected: "for each recipient one key and one content",
            found: `${recipients} recipients, ${keys} keys, ${contents} contents, in ${pairs} ways`,
          },
        ]
  })

const ONE_TEXT = "SNS and XMS are never both delivered"

/**
 * Whether an SNS was given up at its deadline before any process had been told that it arrived: then XMS takes over by
 * policy, and both may arrive.
 */
export const wasOverdue = (sns: DeliveryCase): boolean => {
  const settled = sns.settled.find(({ event }) => event.outcome === "timed-out")
  const deadlineMs = sns.accepted.at(-1)?.event.deadlineMs
  const atMs = settled?.event.atMs
  return (
    atMs !== undefined &&
    deadlineMs !== undefined &&
    deadlineMs !== null &&
    deadlineMs <= atMs &&
    heard(sns).every((receipt) => receipt.atMs >= atMs)
  )
}

/** The SNS and the XMS of follow-ups in which the provider delivered both. */
export const bothDelivered = (file: CaseFile): ReadonlyArray<readonly [DeliveryCase, DeliveryCase]> =>
  all(file.evidence.events, "FollowUpStarted").flatMap(({ event }) => {
    const sns = file.deliveries.get(`${event.followUpId}/sns`)
    const xms = file.deliveries.get(`${event.followUpId}/xms`)
    return sns && xms && wasDelivered(sns) && wasDelivered(xms) ? [[sns, xms] as const] : []
  })

/** Of a text, one carrier delivers; see {@link wasOverdue} for what policy allows. */
export const bothTexts = (file: CaseFile): ReadonlyArray<Violation> =>
  bothDelivered(file)
    .filter(([sns]) => !wasOverdue(sns))
    .map(([sns, xms]) => ({
      law: ONE_TEXT,
      about: `${sns.deliveryId} and ${xms.deliveryId}`,
      expected: "one of them",
      found: `both; the SNS is settled as ${outcomeOf(sns)}`,
    }))

const ONCE = "nobody gets anything twice"

const deliveredTwice = ({ deliveryId, sends }: DeliveryCase): ReadonlyArray<Violation> =>
  [...groupBy(sends, ({ recipient }) => recipient).values()].flatMap((ofOne) => {
    const count = ofOne.filter(({ delivered }) => delivered).length
    return count <= 1
      ? []
      : [{ law: ONCE, about: deliveryId, expected: "delivered once", found: `delivered ${count} times` }]
  })

/** Whether whoever asked knows that nothing was sent: the refusal was said at once, or the provider was asked later. */
const isKnownUnsent = (
  send: SendRequest,
  { lookups }: DeliveryCase,
  beforeMs = Number.POSITIVE_INFINITY,
): boolean =>
  ((send.verdict === "refused" || send.verdict === "throttled") &&
    send.manner !== "never" &&
    send.manner !== "cuts") ||
  lookups.some(({ answer, atMs }) => answer === "Rejected" && atMs >= send.atMs && atMs <= beforeMs)

const repeatedBlindly = (delivery: DeliveryCase): ReadonlyArray<Violation> =>
  [...groupBy(delivery.sends, ({ key }) => key).values()].flatMap((ofOne) =>
    ofOne.flatMap((send, index) => {
      const blind = ofOne.slice(0, index).filter((earlier) => !isKnownUnsent(earlier, delivery, send.atMs))
      return blind.map((earlier) => ({
        law: ONCE,
        about: `${delivery.deliveryId}, without keys`,
        expected: "not sent again, since the attempt before may have been sent",
        found: `sent by ${send.from} after ${earlier.from} (${earlier.verdict}, answered ${earlier.manner})`,
      }))
    }),
  )

/** Nobody is delivered anything twice; without keys, what may have been sent is not even asked for again. */
export const sentTwice = (file: CaseFile): ReadonlyArray<Violation> => [
  ...cases(file).flatMap(deliveredTwice),
  ...cases(file)
    .filter(({ sends }) => sends.some(({ via }) => !file.evidence.honoursKeys[via]))
    .flatMap(repeatedBlindly),
]

const AGREE = "history and provider agree"

const saysOtherwise = (delivery: DeliveryCase): string | undefined => {
  const [request] = delivery.requested
  if (request === undefined) return "the history never asked for it"
  const { via, content, country } = request.event
  const differs = delivery.sends.find(
    (send) =>
      send.via !== via ||
      send.text !== content.text ||
      (content.via === "xms" &&
        (send.kind !== content.kind || send.segments !== content.segments || send.country !== country)),
  )
  return differs && `what ${differs.from} sent is not what the history asked for`
}

const didNotArrive = new Set(["failed", "blocked", "withdrawn"])
const didArrive = new Set(["received", "delivered"])

const endsOtherwise = (delivery: DeliveryCase): string | undefined => {
  const outcome = outcomeOf(delivery)
  if (outcome === undefined) return undefined
  const hasFailed = delivery.receipts.some(({ status }) => status === "failed")
  const isRefused =
    delivery.sends.some(({ verdict }) => verdict === "refused" || verdict === "throttled") ||
    delivery.lookups.some(({ answer }) => answer === "Rejected") ||
    // A provider that failed again and again is not asked for a while.
    delivery.settled.at(-1)?.event.code === "left alone"
  if (didNotArrive.has(outcome) && wasDelivered(delivery)) return `${outcome}, yet it was delivered`
  if (didNotArrive.has(outcome) && wasTaken(delivery) && !hasFailed) return `${outcome}, yet it was accepted`
  if ((outcome === "failed" || outcome === "blocked") && !hasFailed && !isRefused)
    return `${outcome}, yet nobody refused it`
  if (outcome === "withdrawn" && delivery.sends.some((send) => !isKnownUnsent(send, delivery)))
    return "withdrawn, yet it was asked for and nobody knew what became of it"
  if (didArrive.has(outcome) && !(wasDelivered(delivery) && heard(delivery).length > 0))
    return `${outcome}, yet the provider never said so`
  const needsTaking = outcome === "accepted" || (outcome === "timed-out" && delivery.accepted.length > 0)
  return needsTaking && !wasTaken(delivery) ? `${outcome}, yet the provider never took it` : undefined
}

/** What the provider delivered was asked for as it is; what is settled is settled as the provider has it. */
export const disagreements = (file: CaseFile): ReadonlyArray<Violation> =>
  cases(file).flatMap((delivery) =>
    [saysOtherwise(delivery), endsOtherwise(delivery)].flatMap((found) =>
      found === undefined
        ? []
        : [{ law: AGREE, about: delivery.deliveryId, expected: "the same in both", found }],
    ),
  )
