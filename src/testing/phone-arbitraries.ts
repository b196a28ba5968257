/**
 * Arbitraries of phone numbers: mobile ones, in the many ways in which people and databases write them. Rule R9.
 * @since 0.1.0
 */
import fc from "fast-check"

/** A mobile number as somebody wrote it down, and which one it is. @since 0.1.0 */
export interface WrittenPhone {
  /** In the country's own format or an international one, with signs between the digits or without. */
  readonly raw: string
  /** The same number, E.164. */
  readonly e164: string
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly country: string
}

/** How a country's mobile numbers are made: country code, prefix within the country, and groups of digits. */
interface NumberPlan {
  readonly code: string
  /** Dialled before the number within the country only. */
  readonly trunk: string
  /** First digits of mobile numbers, without the trunk prefix. */
  readonly starts: ReadonlyArray<string>
  /** First digits of the group that follows. */
  readonly firstDigits: readonly [min: number, max: number]
  readonly groups: readonly [number, number]
}

// ITU-T E.164 national plans, kept to ranges that have been in use for long.
const plans: Readonly<Record<"KR" | "JP" | "US", NumberPlan>> = {
  KR: { code: "82", trunk: "0", starts: ["10"], firstDigits: [2, 4], groups: [4, 4] },
  JP: { code: "81", trunk: "0", starts: ["80", "90"], firstDigits: [1, 9], groups: [4, 4] },
  US: { code: "1", trunk: "", starts: ["212", "213", "415", "718"], firstDigits: [3, 8], groups: [3, 4] },
}

/** Countries of which there are numbers. @since 0.1.0 */
export type PhoneCountry = keyof typeof plans

const digits = (count: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: 10 ** count - 1 }).map((number) => String(number).padStart(count, "0"))

const fullWidth = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))

type Writing = (plan: NumberPlan, parts: readonly [string, string, string], sign: string) => string

const writings: ReadonlyArray<Writing> = [
  ({ trunk }, [start, ...rest], sign) => [trunk + start, ...rest].join(sign),
  ({ trunk }, [start, ...rest], sign) => fullWidth([trunk + start, ...rest].join(sign)),
  ({ code }, parts, sign) => `+${[code, ...parts].join(sign)}`,
  ({ code }, parts, sign) => `tel:+${[code, ...parts].join(sign)}`,
  ({ code }, parts, sign) => `00${[code, ...parts].join(sign)}`,
  ({ code }, parts, sign) => ` +${code} ${parts.join(sign)}\u200b`,
]

/** Mobile numbers of a country, or of any that is known here, as hosts keep them. R9. @since 0.1.0 */
export const anyPhone = (
  country: fc.Arbitrary<PhoneCountry> | PhoneCountry = fc.constantFrom("KR", "JP", "US"),
): fc.Arbitrary<WrittenPhone> =>
  (typeof country === "string" ? fc.constant(country) : country).chain((chosen) => {
    const plan = plans[chosen]
    const [first, second] = plan.groups
    const [min, max] = plan.firstDigits
    return fc
      .record({
        start: fc.constantFrom(...plan.starts),
        lead: fc.integer({ min, max }),
        rest: fc.tuple(digits(first - 1), digits(second)),
        writing: fc.constantFrom(...writings),
        sign: fc.constantFrom("", "-", " "),
      })
      .map(({ start, lead, rest: [middle, last], writing, sign }) => {
        const parts = [start, `${lead}${middle}`, last] as const
        return { raw: writing(plan, parts, sign), e164: `+${plan.code}${parts.join("")}`, country: chosen }
      })
  })
