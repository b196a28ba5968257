/**
 * Korean numbers as Solapi writes them. Rule R10.
 * @since 0.1.0
 */

/**
 * A Korean number without its country code, digits only; undefined for any other country's. Total.
 *
 * @example
 * domesticNumber("+821012345678") // => "01012345678"
 * domesticNumber("+819012345678") // => undefined
 * @since 0.1.0
 */
export const domesticNumber = (e164: string): string | undefined => {
  const digits = /^\+82(\d{7,11})$/.exec(e164)?.[1]
  return digits && `0${digits}`
}
