/**
 * Choices about mail, as data: default sender, and how long its parts may be. Rules R13, R14.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { checkedText } from "../checked-text.ts"
import { DurationMs } from "../decode.ts"
import { isDomainName, isLocalPart } from "./address.ts"

/**
 * What a host may choose about mail.
 *
 * Lengths are UTF-16 code units, the limit itself included; a cut never splits what a reader sees as one character.
 *
 * @since 0.1.0
 */
export interface EmailPolicy {
  /** Domain that mail comes from while a channel has no verified domain of its own. R14. */
  readonly defaultDomain: string
  /** What stands before the `@`, unless the channel chose otherwise. R14. */
  readonly localPart: string
  /** How long a verified domain may fail its checks before mail comes from the default domain again, in ms. R14. */
  readonly domainGraceMs: number
  /** Longest name of a channel, a manager or a customer. */
  readonly nameMaxCharacters: number
  /** Longest subject. */
  readonly subjectMaxCharacters: number
  /** Most replies that one mail spells out; the rest is counted ("+3 more"). */
  readonly maxReplies: number
  /** Longest text of all replies in one mail together. */
  readonly bodyMaxCharacters: number
  /** Colour of the button and of the links, `#rrggbb`. */
  readonly accentColor: string
}

/**
 * The product's values. R13, R14.
 *
 * @since 0.1.0
 */
export const defaultEmailPolicy: EmailPolicy = {
  defaultDomain: "followup.example",
  localPart: "chat",
  // Long enough for a record that is being replaced to be everywhere; checks that are an hour apart need two to fail.
  domainGraceMs: 3_600_000,
  // The longest name for which no language's subject is cut, up to 999 replies.
  nameMaxCharacters: 48,
  // Mailboxes show 40 to 70 characters of a subject, and HTML titles are advised to end there too.
  subjectMaxCharacters: 70,
  maxReplies: 20,
  // Gmail clips a mail at 102 kB: 20,000 characters are at most 60 kB of UTF-8, before escaping.
  bodyMaxCharacters: 20_000,
  // White on it has a contrast of 5.2 to 1, above the 4.5 that WCAG AA asks for.
  accentColor: "#2563eb",
}

const atLeast = (minimum: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum))

/**
 * Schema of {@link EmailPolicy}: domain and local part must make an address, lengths must leave something to read.
 *
 * @since 0.1.0
 */
export const EmailPolicySchema = Schema.Struct({
  defaultDomain: checkedText("a domain name in ASCII", isDomainName),
  localPart: checkedText("the part of an address before the @", isLocalPart),
  domainGraceMs: DurationMs,
  nameMaxCharacters: atLeast(8),
  subjectMaxCharacters: atLeast(16),
  maxReplies: atLeast(1),
  bodyMaxCharacters: atLeast(1),
  accentColor: checkedText("a colour such as #2563eb", (value) => /^#[0-9a-f]{6}$/i.test(value)),
}) satisfies Schema.Codec<EmailPolicy>
