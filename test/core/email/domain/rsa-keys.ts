/** RSA keys of several lengths, made anew for each run of the tests. */
import { generateKeyPairSync } from "node:crypto"

const make = (modulusLength: number) => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength })
  return {
    pem: publicKey.export({ type: "spki", format: "pem" }),
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }),
    base64: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    pkcs1: publicKey.export({ type: "pkcs1", format: "der" }).toString("base64"),
    pkcs1Pem: publicKey.export({ type: "pkcs1", format: "pem" }),
  }
}

export const ours = make(2_048)
export const another = make(2_048)
export const short = make(1_024)
export const tooShort = make(512)

const edwards = generateKeyPairSync("ed25519").publicKey

export const ed25519 = edwards.export({ type: "spki", format: "der" }).subarray(-32).toString("base64")
export const ed25519Pem = edwards.export({ type: "spki", format: "pem" })
