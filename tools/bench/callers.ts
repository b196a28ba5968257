/**
 * Callers: so many at once, each of whom makes one call after the other.
 */

/** Makes every call, `callers` of them under way at a time; gives how long each took, in ms. */
export const callAll = async <T>(
  items: ReadonlyArray<T>,
  callers: number,
  call: (item: T) => Promise<unknown>,
): Promise<ReadonlyArray<number>> => {
  const tookMs: Array<number> = []
  let next = 0
  const caller = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      const startedMs = performance.now()
      await call(item)
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return tookMs
}

/** How often a database is asked how far it is. */
const LOOK_EVERY_MS = 20
/** How long nothing may become finished. */
const STALLED_MS = 60_000

/** Waits until `count` says at least `expected`; fails when it stands still for a minute. */
export const untilCounted = async (
  count: () => Promise<number>,
  expected: number,
  what: string,
): Promise<void> => {
  let last = { counted: -1, sinceMs: performance.now() }
  for (;;) {
    const counted = await count()
    if (counted >= expected) return
    const nowMs = performance.now()
    if (counted !== last.counted) last = { counted, sinceMs: nowMs }
    else if (nowMs - last.sinceMs > STALLED_MS)
      throw new Error(`${what}: ${counted} of ${expected}, and no more for ${STALLED_MS / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
