/**
 * Waiting for something that several messages share, such as a token, each only as long as it may.
 * @since 0.1.0
 */

/** What was waited for, or undefined when the signal aborts first; what is shared goes on. Rejects as it does. @since 0.1.0 */
export const unlessAborted = async <A>(shared: Promise<A>, signal: AbortSignal): Promise<A | undefined> => {
  if (signal.aborted) return undefined
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const stop = () => resolve(undefined)
  signal.addEventListener("abort", stop)
  try {
    return await Promise.race([shared, aborted])
  } finally {
    signal.removeEventListener("abort", stop)
  }
}
