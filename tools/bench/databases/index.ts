/**
 * The databases by the name of their store.
 */
import type { Database, Place } from "./database.ts"
import { openMemory } from "./memory.ts"
import { openPostgres } from "./postgres.ts"
import { openSqlite } from "./sqlite.ts"

export type { Database, Place } from "./database.ts"

/** A new database in this place. */
export const openDatabase = async (place: Place): Promise<Database> => {
  switch (place.store) {
    case "memory":
      return openMemory()
    case "sqlite":
      return openSqlite()
    case "postgres":
      return openPostgres(place.server)
  }
}
