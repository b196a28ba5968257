import { createHash } from "node:crypto"

/** A signed request of a provider: its body and the header with its signature. */
export interface Signed {
  readonly body: Buffer<ArrayBuffer>
  readonly signature: string
}

/** Numbers below a bound, the same for the same seed. */
const numbers = (seed: string) => {
  let count = 0
  return (below: number): number =>
    createHash("sha256").update(`${seed}/${count++}`).digest().readUInt32BE(0) % below
}

/** A request that was tampered with: always another body or another signature than the one that was signed. */
export const mutated = ({ body, signature }: Signed, index: number): Signed => {
  const below = numbers(`mutation ${index}`)
  const place = below(body.length)
  const kinds: ReadonlyArray<() => Signed> = [
    // A flipped bit.
    () => {
      const changed = Buffer.from(body)
      changed[place] = (changed[place] ?? 0) ^ (1 << below(8))
      return { body: changed, signature }
    },
    // A byte too few, a byte too many, the end missing.
    () => ({ body: Buffer.concat([body.subarray(0, place), body.subarray(place + 1)]), signature }),
    () => ({
      body: Buffer.concat([body.subarray(0, place), Buffer.from([below(256)]), body.subarray(place)]),
      signature,
    }),
    () => ({ body: body.subarray(0, place), signature }),
    // Blanks, which JSON does not mind.
    () => ({ body: Buffer.concat([body, Buffer.from(" ".repeat(below(5) + 1))]), signature }),
    // Another signature: one character, shorter, longer, empty, in other letters.
    () => {
      const at = below(signature.length)
      const other = signature.charAt(at) === "a" ? "b" : "a"
      return { body, signature: signature.slice(0, at) + other + signature.slice(at + 1) }
    },
    () => ({ body, signature: signature.slice(0, below(signature.length)) }),
    () => ({ body, signature: `${signature}${"0=A".charAt(below(3))}` }),
    () => ({ body, signature: createHash("sha256").update(String(index)).digest("base64") }),
  ]
  const kind = kinds[index % kinds.length]
  if (kind === undefined) throw new Error("there is a kind for every index")
  return kind()
}
