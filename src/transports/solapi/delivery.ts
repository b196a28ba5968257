/**
 * How a delivery's id travels to Solapi and back: in custom fields, which recipients never see. Rule R20.
 * @since 0.1.0
 */
import { at } from "../http/index.ts"

// A field's name may have 30 characters and its value 100, strings only (status code 1032); an id may be longer.
const FIELD = "followup"
const VALUE_LENGTH = 100

/**
 * The custom fields that carry a delivery's id: `followup0`, `followup1`, … with 100 characters at most. Total.
 *
 * @example
 * fieldsFor("acme/mina/c1/m2/xms") // => { followup0: "acme/mina/c1/m2/xms" }
 * @since 0.1.0
 */
export const fieldsFor = (deliveryId: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: Math.ceil(deliveryId.length / VALUE_LENGTH) }, (_, index) => [
      `${FIELD}${index}`,
      deliveryId.slice(index * VALUE_LENGTH, (index + 1) * VALUE_LENGTH),
    ]),
  )

/** The delivery's id in custom fields; undefined when they carry none. Total. @since 0.1.0 */
export const deliveryIn = (customFields: unknown): string | undefined => {
  let deliveryId = ""
  for (let index = 0; ; index++) {
    const part = at(customFields, `${FIELD}${index}`)
    if (typeof part !== "string") return deliveryId === "" ? undefined : deliveryId
    deliveryId += part
  }
}
