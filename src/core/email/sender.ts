/**
 * Whom a mail comes from: the channel, on its own domain once that is verified. Rule R14.
 *
 * @since 0.1.0
 */
import { isDomainName, isLocalPart } from "./address.ts"
import { excerpt, shownLine } from "./line.ts"
import { defaultEmailPolicy, type EmailPolicy } from "./policy.ts"

/**
 * A domain that a channel has linked to send its mail from.
 *
 * @since 0.1.0
 */
export interface EmailDomain {
  /** Domain name in ASCII (`xn--…` for an international one). */
  readonly domain: string
  /** Whether its DNS records were found in order. */
  readonly verified: boolean
  /** What stands before the `@`; the policy's when left out. */
  readonly localPart?: string
}

/**
 * What the sender's address is made from.
 *
 * @since 0.1.0
 */
export interface SenderInput {
  /** The tenant whose managers replied. */
  readonly channel: { readonly id: string; readonly name: string; readonly emailDomain?: EmailDomain }
  /** Default domain and lengths; {@link defaultEmailPolicy} when left out. */
  readonly policy?: EmailPolicy
}

// A parser that takes the quotes off a name must still find no second address in it, and there is none without "@".
// Commas and brackets stay, as in "Acme, Inc." and "Acme (Seoul)": they set apart words only.
const ADDRESS_SYNTAX = /["<>\\@]/g

/**
 * The mail's `From`: the channel's name, at its own domain when that is verified, at the default domain otherwise.
 * Total. R14.
 *
 * A domain or local part that cannot stand in an address is treated as not given; a name of which nothing is left
 * becomes the domain.
 *
 * @example
 * senderAddress({ channel: { id: "acme", name: "Acme" } }) // => { name: "Acme", address: "chat@followup.example" }
 * senderAddress({ channel: { id: "acme", name: "Acme", emailDomain: { domain: "acme.example", verified: true } } }).address // => "chat@acme.example"
 *
 * @since 0.1.0
 */
export const senderAddress = ({
  channel,
  policy = defaultEmailPolicy,
}: SenderInput): { readonly name: string; readonly address: string } => {
  const own = channel.emailDomain
  const linked = own?.verified === true && isDomainName(own.domain) ? own : undefined
  const domain = linked?.domain ?? policy.defaultDomain
  const chosen = linked?.localPart ?? ""
  const localPart = isLocalPart(chosen) ? chosen : policy.localPart
  const name = shownLine(channel.name.replace(ADDRESS_SYNTAX, " ")).replace(/ {2,}/g, " ")
  return { name: excerpt(name, policy.nameMaxCharacters) || domain, address: `${localPart}@${domain}` }
}
