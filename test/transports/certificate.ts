import { generateKeyPairSync, sign } from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: ReadonlyArray<Buffer>): Buffer => der(0x30, ...parts)
const hex = (text: string): Buffer => Buffer.from(text, "hex")
const bits = (content: Buffer): Buffer => der(0x03, Buffer.of(0), content)

// Object identifiers, encoded: 1.2.840.10045.4.3.2, 2.5.4.3 and 2.5.29.17.
const ecdsaWithSha256 = sequence(hex("06082a8648ce3d040302"))
const commonName = hex("0603550403")
const subjectAltName = hex("0603551d11")

const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from("loopback")))))

const day = (offset: number): Buffer => {
  const instant = new Date(Date.now() + offset * 86_400_000).toISOString().replaceAll(/[-:T]/g, "")
  return der(0x17, Buffer.from(`${instant.slice(2, 14)}Z`))
}

/** A key and a certificate for 127.0.0.1 that nobody else has signed, PEM, good for a day. RFC 5280 4.1. */
export const selfSigned = () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const loopback = sequence(der(0x87, Buffer.of(127, 0, 0, 1)))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ecdsaWithSha256,
    name,
    sequence(day(-1), day(1)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, loopback)))),
  )
  const certificate = sequence(content, ecdsaWithSha256, bits(sign("sha256", content, privateKey)))
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  }
}
