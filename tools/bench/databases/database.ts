/**
 * What the benchmark needs of a database besides the engine's store: customers in bulk, and what is finished.
 */
import type * as Layer from "effect/Layer"
import type { Store, StoredEvent, StoreError } from "../../../src/ports/store.ts"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"

/** Where an engine's state is: in its process, in a file of its own, or in a schema of its own of a server. */
export type Place =
  | { readonly store: "memory" }
  | { readonly store: "sqlite" }
  | { readonly store: "postgres"; readonly server: PostgresOptions }

/** A database that is new, and gone once it is closed. */
export interface Database {
  /** For the engine; opened and closed any number of times. */
  readonly layer: Layer.Layer<Store, StoreError>
  /**
   * Copies the customers named `template`, one a channel, `copies` times each: everything that is kept of them, under
   * the names `${name}-0`, `${name}-1`, and so on.
   */
  readonly multiply: (template: string, name: string, copies: number) => Promise<void>
  /** How many follow-ups are closed, as anybody who reads the database sees it. */
  readonly closed: () => Promise<number>
  /** The whole history, oldest first. */
  readonly history: () => Promise<ReadonlyArray<StoredEvent>>
  readonly close: () => Promise<void>
}
