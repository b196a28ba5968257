/**
 * Eligibility: what is, and is not, a follow-up, and which legs a customer can get. Rules R1, R4, R5, R15.
 * @since 0.1.0
 */
import type { Plan } from "./billing/plan.ts"
import type { ExclusionReason } from "./customer/event.ts"
import type { InputOf } from "./customer/input.ts"
import type { Chat, Via } from "./customer/state.ts"
import { type DisabledCause, disabledCauses } from "./disabled.ts"
import { isEmailAddress } from "./email/address.ts"
import type { RuleId } from "./rule.ts"
import type { ParsedPhone } from "./text/phone.ts"

/**
 * A channel as the host's directory knows it at an instant. `country` (ISO 3166-1 alpha-2) gives national phone
 * numbers their meaning; `chatUrl` is where a chat goes on, with `{channel}`, `{customer}`, `{chat}` and `{token}` in it;
 * `integrations` says which carriers are set up (XMS and email are unless they say `false`).
 * @since 0.1.0
 */
export interface Channel {
  readonly id: string
  readonly name: string
  readonly country: string
  readonly plan: Plan
  readonly settings: { readonly phoneNumber: boolean; readonly email: boolean }
  readonly integrations: {
    readonly push: boolean
    readonly sns: boolean
    readonly xms?: boolean
    readonly email?: boolean
  }
  readonly chatUrl?: string
  readonly emailDomain?: { readonly domain: string; readonly verified: boolean; readonly localPart?: string }
}

/**
 * A customer's contacts as the host's directory knows them at an instant. `optedOut` lists the ways they asked not to
 * be reached; `"text"` is both carriers of it. `blocked`: the channel blocked this customer.
 * @since 0.1.0
 */
export interface Contact {
  readonly phone: ParsedPhone | null
  readonly email: string | null
  readonly pushTokens: ReadonlyArray<string>
  readonly locale?: string
  readonly name?: string
  readonly blocked?: boolean
  readonly optedOut?: ReadonlyArray<Via | "text">
}

/** A reason not to send, with its rule and what it means in words, free of contacts. @since 0.1.0 */
export interface Obstacle {
  readonly reason: ExclusionReason
  readonly rule: RuleId
  readonly detail: string
}

const obstacle = (reason: ExclusionReason, rule: RuleId, detail: string): Obstacle => ({
  reason,
  rule,
  detail,
})

/**
 * Why a message can never become a follow-up; undefined when it can: a manager's reply, not marketing, in a chat in
 * which the customer has written. Total. R1, R4, R5.
 * @since 0.1.0
 */
export const messageObstacle = (
  message: Pick<InputOf<"Message">, "from" | "purpose">,
  chat: Pick<Chat, "customerWrote">,
): Obstacle | undefined => {
  if (message.purpose === "marketing")
    return obstacle("marketing", "R5", "a marketing message is not a follow-up")
  if (message.from === "bot")
    return obstacle("automatic", "R1", "an automatic message is not a manager's reply")
  if (!chat.customerWrote)
    return obstacle(
      "manager-initiated",
      "R4",
      "the customer has not written in this chat, which a manager started",
    )
  return undefined
}

const disabled = ({ detail }: DisabledCause): Obstacle => obstacle("disabled", "R15", detail)

const optedOut = (contact: Contact, ...media: ReadonlyArray<Via | "text">): boolean =>
  media.some((medium) => contact.optedOut?.includes(medium) ?? false)

const phoneProblem = {
  invalid: "the phone number is not valid",
  landline: "the phone number is a landline, which takes no texts",
  extension: "the phone number has an extension, which takes no texts",
} as const

/**
 * Why this customer gets no text at all, by SNS or XMS; undefined when nothing stands against it. Total. R15.
 * @since 0.1.0
 */
export const textObstacle = (channel: Channel, contact: Contact): Obstacle | undefined => {
  if (contact.blocked === true) return disabled(disabledCauses.blocked)
  if (!channel.settings.phoneNumber) return disabled(disabledCauses.phoneNumberOff)
  if (contact.phone === null) return obstacle("no-contact", "R8", "the customer has no phone number")
  if (contact.phone._tag === "Unusable")
    return obstacle("no-contact", "R8", phoneProblem[contact.phone.reason])
  if (optedOut(contact, "text")) return obstacle("opted-out", "R15", "the customer opted out of texts")
  return undefined
}

/** Whether a text may try a messaging app first: it is set up, and the customer did not opt out of it. Total. R9. @since 0.1.0 */
export const snsIsOpen = (channel: Channel, contact: Contact): boolean =>
  channel.integrations.sns && !optedOut(contact, "sns")

/** Why this customer gets no text over the phone network; undefined when nothing stands against it. Total. R9. @since 0.1.0 */
export const xmsObstacle = (channel: Channel, contact: Contact): Obstacle | undefined => {
  if (channel.integrations.xms === false) return disabled(disabledCauses.noXms)
  return optedOut(contact, "xms")
    ? obstacle("opted-out", "R15", "the customer opted out of texts over the phone network")
    : undefined
}

/** Why this customer gets no email; undefined when nothing stands against it. Total. R15. @since 0.1.0 */
export const emailObstacle = (channel: Channel, contact: Contact): Obstacle | undefined => {
  if (contact.blocked === true) return disabled(disabledCauses.blocked)
  if (!channel.settings.email) return disabled(disabledCauses.emailOff)
  if (contact.email === null) return obstacle("no-contact", "R8", "the customer has no email address")
  if (!isEmailAddress(contact.email)) return obstacle("no-contact", "R8", "the email address is not valid")
  if (channel.integrations.email === false) return disabled(disabledCauses.noEmail)
  return optedOut(contact, "email")
    ? obstacle("opted-out", "R15", "the customer opted out of email")
    : undefined
}

const deviceReadiness = (contact: Contact): "first" | "no-device" | "opted-out" =>
  contact.pushTokens.length === 0
    ? "no-device"
    : optedOut(contact, "push") || contact.blocked === true
      ? "opted-out"
      : "first"

/** Whether the customer has a device and takes push on it, wherever it is integrated. Total. R6. @since 0.1.0 */
export const takesPush = (contact: Contact): boolean => deviceReadiness(contact) === "first"

/**
 * Whether push goes first for this customer, or why it does not. Total. R6, R15.
 * @since 0.1.0
 */
export const pushReadiness = (
  channel: Channel,
  contact: Contact,
): "first" | "not-integrated" | "no-device" | "opted-out" =>
  channel.integrations.push ? deviceReadiness(contact) : "not-integrated"
