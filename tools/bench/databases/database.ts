/**
 * What the benchmark needs of a database besides the engine's store: customers in bulk, and what is finished.
 */
import type * as Layer from "effect/Layer"
import type { FollowUpEvent } from "../../../src/core/customer/event.ts"
import type { Store, StoredEvent, StoreError } from "../../../src/ports/store.ts"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"

/** Where an engine's state is: in its process, in a file of its own, or in a schema of its own of a server. */
export type Place =
  | { readonly store: "memory" }
  | { readonly store: "sqlite" }
  | { readonly store: "postgres"; readonly server: PostgresOptions }

/** Says how many there are so far. */
export type Count = () => Promise<number>

/** A database that is new, and gone once it is closed. */
export interface Database {
  /** For the engine; opened and closed any number of times. */
  readonly layer: Layer.Layer<Store, StoreError>
  /**
   * Copies the customers named `template`, one a channel, `copies` times each: everything that is kept of them, under
   * the names `${name}-0`, `${name}-1`, and so on.
   */
  readonly multiply: (template: string, name: string, copies: number) => Promise<void>
  /** Counts events of a kind as anybody who reads the database sees them; each event is looked at once. */
  readonly counting: (kind: FollowUpEvent["_tag"]) => Count
  /** The whole history, oldest first. */
  readonly history: () => Promise<ReadonlyArray<StoredEvent>>
  readonly close: () => Promise<void>
}

/** What is new after an event: how many of a kind, and the last event's number (0 for none). */
export interface News {
  readonly counted: number
  readonly lastSeq: number
}

/** Counts by looking at what is new only. */
export const counter = (newsAfter: (seq: number) => Promise<News>): Count => {
  let total = 0
  let seq = 0
  return async () => {
    const { counted, lastSeq } = await newsAfter(seq)
    total += counted
    seq = Math.max(seq, lastSeq)
    return total
  }
}
