/**
 * Which countries there are: those whose phone numbers can be read, since a text goes to no other. Rules R9, R10, R19.
 * @since 0.1.0
 */
import { checkedText } from "../checked-text.ts"

// By first letter. A test compares it with what is known of phone numbers, which is too large to be asked here.
const COUNTRY =
  /^(A[CDEFGILMORSTUWXZ]|B[ABDEFGHIJLMNOQRSTWYZ]|C[ACDFGHIKLMNORUVWXYZ]|D[EJKMOZ]|E[CEGHRST]|F[IJKMOR]|G[ABDEFGHILMNPQRTUWY]|H[KNRTU]|I[DELMNOQRST]|J[EMOP]|K[EGHIMNPRWYZ]|L[ABCIKRSTUVY]|M[ACDEFGHKLMNOPQRSTUVWXYZ]|N[ACEFGILOPRUZ]|OM|P[AEFGHKLMRSTWY]|QA|R[EOSUW]|S[ABCDEGHIJKLMNORSTVXYZ]|T[ACDGHJKLMNORTVWZ]|U[AGSYZ]|V[ACEGINU]|W[FS]|XK|Y[ET]|Z[AMW])$/

/** A country code as the rules write it: capitals, without surrounding space. Total. @since 0.1.0 */
export const countryCode = (country: string): string => country.trim().toUpperCase()

/**
 * Whether a code is a country's: ISO 3166-1 alpha-2 in capitals, where phones have numbers, and `XK` for Kosovo. Total. R9.
 *
 * @example
 * isCountry("GB") // => true
 * isCountry("UK") // => false
 * @since 0.1.0
 */
export const isCountry = (code: string): boolean => COUNTRY.test(code)

/** What is asked of whoever gave something else than a country. @since 0.1.0 */
export const expectedCountry = 'a country of two capital letters such as "KR" (the UK is "GB")'

/** The Schema of a country. R9. @since 0.1.0 */
export const Country = checkedText(expectedCountry, isCountry)
