/**
 * Whether the Node that runs is one that followup was made for.
 * @since 0.1.0
 */

/** The Node that runs, and the one that is needed, as `engines` in package.json says it (`">=22.19"`). @since 0.1.0 */
export interface NodeVersion {
  readonly version: string
  readonly needed: string
}

const partsOf = (version: string): ReadonlyArray<number> => version.replace(/^\D+/, "").split(".").map(Number)

/**
 * Whether Node is as new as it has to be. Total.
 *
 * @example
 * isNewEnough({ version: "22.19.0", needed: ">=22.19" }) // => true
 * isNewEnough({ version: "20.19.5", needed: ">=22.19" }) // => false
 * @since 0.1.0
 */
export const isNewEnough = ({ version, needed }: NodeVersion): boolean => {
  const [major = 0, minor = 0] = partsOf(version)
  const [neededMajor = 0, neededMinor = 0] = partsOf(needed)
  return major > neededMajor || (major === neededMajor && minor >= neededMinor)
}
