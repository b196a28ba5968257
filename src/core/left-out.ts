/**
 * What a host leaves out: a field that is `undefined` says no more than one that is not there.
 * @since 0.1.0
 */

const isRecord = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

type Path = ReadonlyArray<PropertyKey>

// All fields of an object in one go: a stranger's JSON may have ten thousand that nobody knows, and a copy for each of
// them would take minutes.
const without = (value: unknown, paths: ReadonlyArray<Path>): unknown => {
  const below = Map.groupBy(
    paths.filter((path) => path.length > 0),
    ([key = ""]) => key,
  )
  const fieldWithout = (field: unknown, key: PropertyKey): unknown =>
    without(field, below.get(key)?.map((path) => path.slice(1)) ?? [])
  if (below.size === 0) return value
  if (Array.isArray(value)) return value.map(fieldWithout)
  if (!isRecord(value)) return value
  const isLeftOut = (key: PropertyKey): boolean => value[key] === undefined && below.has(key)
  return Object.fromEntries(
    Reflect.ownKeys(value)
      .filter((key) => !isLeftOut(key))
      .map((key) => [key, fieldWithout(value[key], key)]),
  )
}

/**
 * A value without those of the named fields that are `undefined`, as JSON would have it. Nothing else of it is looked
 * at, and the value itself stays as it is. Total for data.
 *
 * @example
 * withoutUndefined({ id: "mina", phone: undefined }, [["phone"]]) // => { id: "mina" }
 * @since 0.1.0
 */
export const withoutUndefined = (value: unknown, paths: ReadonlyArray<ReadonlyArray<PropertyKey>>): unknown =>
  without(value, paths)
