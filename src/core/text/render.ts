/**
 * The text that is really sent: replies with the auto text around them, fitted to the carrier. Rules R9, R10, R11, R12.
 * @since 0.1.0
 */
import type { CountryRule } from "../countries/country-rule.ts"
import { countryRule } from "../countries/index.ts"
import {
  chooseXms,
  type Lms,
  roomIn,
  type Sms,
  segmentSizes,
  type TooLong,
  type Unencodable,
} from "./choose-xms.ts"
import { cp949Length } from "./cp949.ts"
import { longestStart } from "./cut.ts"
import { inKoreanForms, substituteKorean } from "./korean-substitution.ts"
import { splitText } from "./segment.ts"
import { smartEncodingPays, withoutTypography } from "./smart-encoding.ts"
import { defaultTextPolicy, type TextPolicy } from "./text-policy.ts"

/** What a follow-up says. `link` leads back to the chat; null when there is none. @since 0.1.0 */
export interface FollowUpText {
  readonly replies: readonly string[]
  readonly channelName: string
  readonly link: string | null
}

/**
 * A rendered text: `text` is prefix, body and suffix in a row; `link` is as it stands in them, "" for none. R12.
 * @since 0.1.0
 */
export interface RenderedText {
  readonly prefix: string
  readonly body: string
  readonly suffix: string
  readonly link: string
  readonly text: string
}

/** A phone text ready to go; `cut` tells whether the body was shortened. R10, R11. @since 0.1.0 */
export type FittedXms = (Sms | Lms) & { readonly text: string; readonly cut: boolean }

/** An SNS text ready to go, or one that even cutting does not fit (UTF-16 units). R9. @since 0.1.0 */
export type FittedSns =
  | { readonly _tag: "Sns"; readonly text: string; readonly cut: boolean }
  | { readonly _tag: "TooLong"; readonly units: number; readonly limit: number }

/** No language stacks so many marks; composing an endless run of them takes quadratic time, so it is done by runs. */
const MARKS_RUN = /(\p{M}{100})/u

const compose = (text: string): string =>
  text
    .split(MARKS_RUN)
    .map((run) => run.normalize("NFC"))
    .join("")

/**
 * Line ends as LF and characters composed (NFC), as texts are counted and sent. Runs of 100 combining marks, which no
 * language has, are composed each on their own. Total. R12.
 *
 * @example
 * foldText("e\u0301\r\nb\rc") // => "é\nb\nc"
 * @since 0.1.0
 */
export const foldText = (text: string): string => compose(text.replace(/\r\n?/g, "\n"))

const PLACEHOLDER = /( ?)\{(channel|link)\}/g
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u

/**
 * A template whose value is missing and that says nothing else leaves no brackets and no empty line behind; where it
 * says more, the value takes the blank before it along.
 */
const renderAffix = (template: string, values: Readonly<Record<string, string>>): string => {
  let missing = false
  const affix = template.replace(PLACEHOLDER, (_, blank: string, name: string) => {
    const value = values[name] ?? ""
    missing ||= value === ""
    return value === "" ? "" : blank + value
  })
  return missing && !LETTER_OR_DIGIT.test(affix) ? "" : affix
}

const joined = (prefix: string, body: string, suffix: string, link: string): RenderedText => ({
  prefix,
  body,
  suffix,
  link,
  text: prefix + body + suffix,
})

/**
 * The replies, joined by a line feed, between the policy's prefix and suffix. Placeholders are filled in one pass, so
 * a name or link that contains one is left as it is. An affix whose value is missing (no link, no name) and that has
 * no letter or digit otherwise disappears. With both affixes empty, the text is the replies and nothing else. Total. R12.
 *
 * @example
 * renderText({ replies: ["Yes.", "Two left."], channelName: "Acme", link: "https://a.example/c1" }).text // => "[Acme] Yes.\nTwo left.\nhttps://a.example/c1"
 * renderText({ replies: ["Yes."], channelName: "Acme", link: null }).text // => "[Acme] Yes."
 * @since 0.1.0
 */
export const renderText = (
  { replies, channelName, link }: FollowUpText,
  { autoText }: Pick<TextPolicy, "autoText"> = defaultTextPolicy,
): RenderedText => {
  const values = { channel: foldText(channelName), link: foldText(link ?? "") }
  return joined(
    renderAffix(foldText(autoText.prefix), values),
    replies.map(foldText).join("\n"),
    renderAffix(foldText(autoText.suffix), values),
    values.link,
  )
}

/** Replaces characters everywhere but in the link, which would lead nowhere with another character in it. */
const mapCharacters = (rendered: RenderedText, replace: (text: string) => string): RenderedText => {
  const outsideLink = (text: string): string =>
    rendered.link === "" ? replace(text) : text.split(rendered.link).map(replace).join(rendered.link)
  return joined(
    outsideLink(rendered.prefix),
    outsideLink(rendered.body),
    outsideLink(rendered.suffix),
    rendered.link,
  )
}

const encodeFor = (rendered: RenderedText, rule: CountryRule, policy: TextPolicy): RenderedText => {
  if (rule.encoding === "cp949")
    return mapCharacters(rendered, (composed) => {
      const text = inKoreanForms(composed)
      return policy.onUnencodable === "substitute" ? substituteKorean(text, policy.koreanCharset) : text
    })
  if (!policy.smartEncoding) return rendered
  const smart = mapCharacters(rendered, withoutTypography)
  return smartEncodingPays(rendered.text, smart.text, segmentSizes(rule)) ? smart : rendered
}

/** The longest text of a country in UTF-16 units: every unit takes at least a byte or a septet. */
const roomUnder = (rule: CountryRule): number =>
  rule.encoding === "cp949" ? rule.lmsBytes : roomIn(rule.maxSegments, segmentSizes(rule).gsm7)

const isWithin = (text: string, rule: CountryRule, policy: TextPolicy): boolean => {
  if (rule.encoding !== "cp949")
    return splitText(text, segmentSizes(rule)).segments.length <= rule.maxSegments
  const { bytes, unencodable } = cp949Length(text, policy.koreanCharset)
  // What cannot be encoded takes the room that it would, so that a text that is full without it is cut before it.
  return bytes + 2 * unencodable.length <= rule.lmsBytes
}

/**
 * The text that goes by phone, and what it is. In this order: Korean substitutes if the policy wants them, smart
 * encoding if it wants that, and the cut, which shortens only the body, on a grapheme boundary and without an
 * ellipsis; prefix and suffix stay whole. What the cut takes away need not be encodable. `TooLong` when the policy
 * refuses the cut, or with the units of prefix and suffix when these alone do not fit; the indices of `Unencodable`
 * count in the text after those steps. The time grows with the text's length, and with the limit times its logarithm.
 * Total. R10, R11, R12.
 *
 * @example
 * fitXms(renderText({ replies: ["네"], channelName: "가게", link: null }), "KR").text // => "[가게] 네"
 * @since 0.1.0
 */
export const fitXms = (
  rendered: RenderedText,
  country: string,
  policy: TextPolicy = defaultTextPolicy,
): FittedXms | TooLong | Unencodable => {
  const rule = countryRule(country, policy.countries)
  const { prefix, body, suffix } = encodeFor(rendered, rule, policy)
  const start =
    policy.onTooLong === "cut"
      ? longestStart(body, roomUnder(rule), (part) => isWithin(prefix + part + suffix, rule, policy))
      : body
  const text = prefix + start + suffix
  const choice = chooseXms({ country, text }, policy.countries, policy.koreanCharset)
  return choice._tag === "Sms" || choice._tag === "Lms" ? { ...choice, text, cut: start !== body } : choice
}

/**
 * The text that goes by SNS, at most `snsMaxChars` UTF-16 units, cut in the same way, and `TooLong` in the same cases.
 * Total. R9, R12.
 *
 * @example
 * fitSns(renderText({ replies: ["Yes"], channelName: "Acme", link: null })) // => { _tag: "Sns", text: "[Acme] Yes", cut: false }
 * @since 0.1.0
 */
export const fitSns = (
  { prefix, body, suffix }: RenderedText,
  policy: Pick<TextPolicy, "onTooLong" | "snsMaxChars"> = defaultTextPolicy,
): FittedSns => {
  const limit = policy.snsMaxChars
  const room = limit - prefix.length - suffix.length
  const start = policy.onTooLong === "cut" ? longestStart(body, room, (part) => part.length <= room) : body
  const text = prefix + start + suffix
  return text.length <= limit
    ? { _tag: "Sns", text, cut: start !== body }
    : { _tag: "TooLong", units: text.length, limit }
}
