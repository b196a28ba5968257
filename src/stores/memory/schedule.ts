/**
 * What is due when, in a store in memory: a heap, so that what is next costs the same however many wait.
 * @since 0.1.0
 */

interface Entry {
  readonly name: string
  readonly atMs: number
  /** Of two at the same instant, the one that was said first comes first. */
  readonly turn: number
}

/**
 * Names with the instants at which they are due. The heap may hold entries that hold no longer: those that are not the
 * name's own.
 * @since 0.1.0
 */
export interface Schedule {
  readonly own: Map<string, Entry>
  heap: Array<Entry>
  turn: number
}

/** A schedule of nothing. @since 0.1.0 */
export const makeSchedule = (): Schedule => ({ own: new Map(), heap: [], turn: 0 })

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn)

const swap = (heap: Array<Entry>, i: number, j: number): void => {
  const [a, b] = [heap[i], heap[j]]
  if (a === undefined || b === undefined) return
  heap[i] = b
  heap[j] = a
}

const precedes = (heap: ReadonlyArray<Entry>, i: number, j: number): boolean => {
  const [a, b] = [heap[i], heap[j]]
  return a !== undefined && b !== undefined && isBefore(a, b)
}

const push = (heap: Array<Entry>, entry: Entry): void => {
  heap.push(entry)
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1
    if (!precedes(heap, i, parent)) return
    swap(heap, i, parent)
    i = parent
  }
}

const pop = (heap: Array<Entry>): void => {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  heap[0] = last
  for (let i = 0; ; ) {
    const [left, right] = [2 * i + 1, 2 * i + 2]
    const child = precedes(heap, right, left) ? right : left
    if (!precedes(heap, child, i)) return
    swap(heap, i, child)
    i = child
  }
}

// What holds no longer is dropped where it is met, and all of it once it is most of the heap.
const MANY_STALE = 1_000

/** Says when a name is due, UTC epoch ms, in place of what was said before; `null` for never. @since 0.1.0 */
export const setDue = (schedule: Schedule, name: string, atMs: number | null): void => {
  if (schedule.own.get(name)?.atMs === atMs) return
  schedule.own.delete(name)
  if (atMs === null) return
  const entry = { name, atMs, turn: ++schedule.turn }
  schedule.own.set(name, entry)
  push(schedule.heap, entry)
  if (schedule.heap.length <= 2 * schedule.own.size + MANY_STALE) return
  schedule.heap = []
  for (const one of schedule.own.values()) push(schedule.heap, one)
}

const first = ({ own, heap }: Schedule): Entry | undefined => {
  for (;;) {
    const [entry] = heap
    if (entry === undefined || own.get(entry.name) === entry) return entry
    pop(heap)
  }
}

/** The first instant after another one at which a name is due, UTC epoch ms; infinite for none. @since 0.1.0 */
export const nextDue = ({ own, heap }: Schedule, afterMs: number): number => {
  let nextMs = Number.POSITIVE_INFINITY
  // Below an entry of the heap there is none before it.
  const look = (i: number): void => {
    const entry = heap[i]
    if (entry === undefined || entry.atMs >= nextMs) return
    if (entry.atMs > afterMs && own.get(entry.name) === entry) {
      nextMs = entry.atMs
      return
    }
    look(2 * i + 1)
    look(2 * i + 2)
  }
  look(0)
  return nextMs
}

/** Up to `limit` names that are due at `nowMs` or before, the most overdue first; they stay due. @since 0.1.0 */
export const namesDue = (schedule: Schedule, nowMs: number, limit: number): ReadonlyArray<string> => {
  const due: Array<Entry> = []
  while (due.length < limit) {
    const entry = first(schedule)
    if (entry === undefined || entry.atMs > nowMs) break
    due.push(entry)
    pop(schedule.heap)
  }
  for (const entry of due) push(schedule.heap, entry)
  return due.map(({ name }) => name)
}
