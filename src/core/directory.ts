/**
 * What a host says of its channels and customers, as it says it. Rules R14, R15, R17.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { PlanSchema } from "./billing/plan.ts"
import { checkedText } from "./checked-text.ts"
import { Country } from "./countries/country-code.ts"
import { isChatUrl } from "./customer/context.ts"
import { Id } from "./decode.ts"
import type { Channel, Contact } from "./eligibility.ts"
import { isDomainName, isLocalPart, mailAddress } from "./email/address.ts"
import { parsePhone } from "./text/phone.ts"

const optionalKey = Schema.optionalKey

const ChatUrl = checkedText(
  'an absolute address such as "https://acme.example/{chat}", with no placeholders but {channel}, {customer}, {chat} and {token}',
  isChatUrl,
).check(Schema.isMaxLength(2_000))

const ShortText = Schema.String.check(Schema.isMaxLength(500))

/**
 * Schema of a channel as a host gives it. Left out: `name` is the id, both switches are on (R15), push and SNS are not
 * integrated, XMS and email are. A `chatUrl` is as `isChatUrl` has it; the domain of mail is in ASCII, in any case, without
 * a dot at its end.
 * @since 0.1.0
 */
export const ChannelInputSchema = Schema.Struct({
  id: Id,
  name: optionalKey(ShortText),
  country: Country,
  plan: PlanSchema,
  settings: optionalKey(
    Schema.Struct({ phoneNumber: optionalKey(Schema.Boolean), email: optionalKey(Schema.Boolean) }),
  ),
  integrations: optionalKey(
    Schema.Struct({
      push: optionalKey(Schema.Boolean),
      sns: optionalKey(Schema.Boolean),
      xms: optionalKey(Schema.Boolean),
      email: optionalKey(Schema.Boolean),
    }),
  ),
  chatUrl: optionalKey(ChatUrl),
  emailDomain: optionalKey(
    Schema.Struct({
      domain: checkedText("a domain name in ASCII", isDomainName),
      verified: Schema.Boolean,
      localPart: optionalKey(checkedText("the part of an address before the @", isLocalPart)),
    }),
  ),
})

/** A channel as a host gives it. @since 0.1.0 */
export type ChannelInput = typeof ChannelInputSchema.Type

/**
 * Schema of a customer's contacts as a host gives them; everything but the id may be left out. A phone number may be
 * written in the national format of the channel's country, a mail address with an international domain.
 * @since 0.1.0
 */
export const CustomerInputSchema = Schema.Struct({
  id: Id,
  phone: optionalKey(ShortText),
  email: optionalKey(ShortText),
  pushTokens: optionalKey(
    Schema.Array(Schema.String.check(Schema.isMaxLength(4_096))).check(Schema.isMaxLength(100)),
  ),
  locale: optionalKey(ShortText),
  name: optionalKey(ShortText),
  blocked: optionalKey(Schema.Boolean),
  optedOut: optionalKey(Schema.Array(Schema.Literals(["push", "sns", "xms", "email", "text"]))),
})

/** A customer's contacts as a host gives them. @since 0.1.0 */
export type CustomerInput = typeof CustomerInputSchema.Type

/** The channel with the defaults in place of what was left out. Total. R15. @since 0.1.0 */
export const makeChannel = (input: ChannelInput): Channel => ({
  id: input.id,
  name: input.name ?? input.id,
  country: input.country,
  plan: input.plan,
  settings: { phoneNumber: input.settings?.phoneNumber ?? true, email: input.settings?.email ?? true },
  integrations: {
    push: input.integrations?.push ?? false,
    sns: input.integrations?.sns ?? false,
    xms: input.integrations?.xms ?? true,
    email: input.integrations?.email ?? true,
  },
  ...(input.chatUrl !== undefined && { chatUrl: input.chatUrl }),
  ...(input.emailDomain !== undefined && { emailDomain: input.emailDomain }),
})

// A device that signed in twice is one device, and an empty field is none: it would only hold the text back for 30 s.
const devicesOf = (tokens: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(tokens)].filter((token) => token.trim() !== "")

/** The customer's contacts, the phone number understood by the channel's country and the mail address as it is sent to. Total. @since 0.1.0 */
export const makeContact = (input: Omit<CustomerInput, "id">, channelCountry: string): Contact => ({
  phone: input.phone === undefined ? null : parsePhone(input.phone, channelCountry),
  email: input.email === undefined ? null : mailAddress(input.email),
  pushTokens: devicesOf(input.pushTokens ?? []),
  ...(input.locale !== undefined && { locale: input.locale }),
  ...(input.name !== undefined && { name: input.name }),
  ...(input.blocked !== undefined && { blocked: input.blocked }),
  ...(input.optedOut !== undefined && { optedOut: input.optedOut }),
})
