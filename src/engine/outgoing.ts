/**
 * From what the rules decided to what a transport gets; it lives with the ports, where other engines share it.
 * @since 0.1.0
 */
export { outboxItem } from "../ports/outgoing.ts"
