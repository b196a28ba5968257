/**
 * A text as the parameters of a WhatsApp template: outside an open conversation, WhatsApp takes approved templates
 * only. Rules R9, R12.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { SnsMessage } from "../../ports/transport.ts"

/** A template that WhatsApp approved, and what its variables stand for. @since 0.1.0 */
export interface WhatsAppTemplate {
  /** Its name, as in WhatsApp Manager. */
  readonly name: string
  /** Its language, as in WhatsApp Manager, such as `"ko"` or `"en_US"`. */
  readonly language: string
  /** What `{{1}}`, `{{2}}` and so on stand for in its body, in their order; `["text"]` unless given. */
  readonly body?: ReadonlyArray<"text" | "link">
  /** Its button that opens the chat, where it has one with a variable address. */
  readonly linkButton?: {
    /** The button's address as it was approved, without `{{1}}`; links of messages begin with it. */
    readonly base: string
    /** Which of the template's buttons it is, counted from 0, which it is unless given. */
    readonly index?: number
  }
}

/** Schema of {@link WhatsAppTemplate}. @since 0.1.0 */
export const WhatsAppTemplateSchema: Schema.Codec<WhatsAppTemplate> = Schema.Struct({
  name: Schema.String.check(
    Schema.makeFilter<string>(
      (text) => /^[a-z0-9_]{1,512}$/.test(text) || "a template's name: a-z, 0-9 and _ only",
    ),
  ),
  language: Schema.String.check(
    Schema.makeFilter<string>(
      (text) =>
        /^[a-z]{2,3}(_[A-Z0-9]{2,4})?$/.test(text) || 'a template\'s language, such as "ko" or "en_US"',
    ),
  ),
  body: Schema.optionalKey(Schema.Array(Schema.Literals(["text", "link"]))),
  linkButton: Schema.optionalKey(
    Schema.Struct({
      base: Schema.String.check(
        Schema.makeFilter<string>(
          (text) => /^https?:\/\/[^{}\s]+$/.test(text) || "the button's address, without its {{1}}",
        ),
      ),
      index: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))),
    }),
  ),
})

/** A template message, as the Cloud API takes it. @since 0.1.0 */
export interface FilledTemplate {
  readonly name: string
  readonly language: { readonly policy: "deterministic"; readonly code: string }
  readonly components: ReadonlyArray<Component>
}

interface Component {
  readonly type: "body" | "button"
  readonly sub_type?: "url"
  readonly index?: string
  readonly parameters: ReadonlyArray<{ readonly type: "text"; readonly text: string }>
}

/**
 * A text as WhatsApp takes it in a variable: in one line, with at most four spaces in a row. Total. R12.
 *
 * @example
 * oneLine("Acme\nIt is in stock.") // => "Acme It is in stock."
 * @since 0.1.0
 */
export const oneLine = (text: string): string =>
  text
    .split(/[\t\n\v\f\r\u0085\u2028\u2029]+/)
    .map((line) => line.trim())
    .join(" ")
    .replace(/ {5,}/g, "    ")
    .trim()

const parameters = (texts: ReadonlyArray<string>): Component["parameters"] =>
  texts.map((text) => ({ type: "text", text }))

const buttonOf = (
  { base, index = 0 }: NonNullable<WhatsAppTemplate["linkButton"]>,
  link: string,
): Component | undefined =>
  link.startsWith(base) && link.length > base.length
    ? {
        type: "button",
        sub_type: "url",
        index: String(index),
        parameters: parameters([link.slice(base.length)]),
      }
    : undefined

/**
 * A template filled for a message; undefined when the message has no link, or not one of the button's address, and the
 * template needs it. Total. R12.
 * @since 0.1.0
 */
export const fill = (
  { name, language, body = ["text"], linkButton }: WhatsAppTemplate,
  { text, link }: Pick<SnsMessage, "text" | "link">,
): FilledTemplate | undefined => {
  const texts = body.map((variable) => (variable === "text" ? oneLine(text) : link))
  const button = linkButton && link !== null ? buttonOf(linkButton, link) : undefined
  const areThere = texts.every((one) => one !== null)
  if (!areThere || (linkButton !== undefined && button === undefined)) return undefined
  return {
    name,
    // There is no other policy, but the published API requires it.
    language: { policy: "deterministic", code: language },
    components: [
      ...(texts.length > 0 ? [{ type: "body" as const, parameters: parameters(texts) }] : []),
      ...(button ? [button] : []),
    ],
  }
}
