/**
 * Tokens that a provider lets us sign ourselves: JSON Web Tokens by RFC 7515 and 7519.
 * @since 0.1.0
 */
import { createPrivateKey, type KeyObject, sign } from "node:crypto"
import * as Schema from "effect/Schema"

/** Signatures that providers ask for, as RFC 7518 names them. @since 0.1.0 */
export type JwtAlgorithm = "RS256" | "ES256"

const fits: Readonly<Record<JwtAlgorithm, (key: KeyObject) => boolean>> = {
  RS256: (key) => key.asymmetricKeyType === "rsa",
  ES256: (key) => key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1",
}

const expected: Readonly<Record<JwtAlgorithm, string>> = {
  RS256: "an RSA private key, PEM",
  ES256: "an EC private key on P-256, PEM",
}

const isPrivateKey = (algorithm: JwtAlgorithm, pem: string): boolean => {
  try {
    return fits[algorithm](createPrivateKey(pem))
  } catch {
    return false
  }
}

/** Schema of a private key for an algorithm, as PEM; what is wrong with another one is not told. @since 0.1.0 */
export const privateKeyPem = (algorithm: JwtAlgorithm) =>
  Schema.String.check(Schema.makeFilter<string>((pem) => isPrivateKey(algorithm, pem) || expected[algorithm]))

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url")

/**
 * A signed token. Total for a key that {@link privateKeyPem} accepts.
 * @since 0.1.0
 */
export const signedJwt = (
  algorithm: JwtAlgorithm,
  key: KeyObject,
  header: { readonly kid?: string | undefined },
  claims: object,
): string => {
  const content = `${encode({ alg: algorithm, typ: "JWT", ...header })}.${encode(claims)}`
  // RFC 7518 3.4: an EC signature is its two numbers and not a DER structure. RSA knows no such difference.
  const signature = sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" })
  return `${content}.${signature.toString("base64url")}`
}
