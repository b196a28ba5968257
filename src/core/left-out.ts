/**
 * What a host leaves out: a field that is `undefined` says no more than one that is not there.
 * @since 0.1.0
 */

const isRecord = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const without = (value: unknown, [key, ...rest]: ReadonlyArray<PropertyKey>): unknown => {
  if (key === undefined) return value
  if (Array.isArray(value)) return value.map((one, index) => (index === key ? without(one, rest) : one))
  if (!isRecord(value) || !Object.hasOwn(value, key)) return value
  const { [key]: field, ...others } = value
  if (rest.length > 0) return { ...others, [key]: without(field, rest) }
  return field === undefined ? others : value
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
  paths.reduce(without, value)
