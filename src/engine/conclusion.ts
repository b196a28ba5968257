/**
 * What dispatch and outbox need of conclusions.
 * @since 0.1.0
 */
export { type Conclusion, conclude, waitsUntil } from "../sending/conclusion.ts"
