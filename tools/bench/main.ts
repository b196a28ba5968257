/**
 * How fast the engine is: `npm run bench:engine`.
 */
import { startPostgres } from "../../test/stores/postgres-server.ts"
import { run } from "./process.ts"

const server = await startPostgres(["shared_buffers=256MB", "max_wal_size=4GB"])
const load = { followUps: 2000, callers: 256, warmUp: 500 }
for (const place of [
  { store: "memory" },
  { store: "sqlite" },
  { store: "postgres", server: server.options },
] as const)
  for (const work of ["received", "cascade"] as const)
    console.log(
      place.store,
      work,
      await run({ _tag: "Finish", place, work, load, customers: load.followUps }),
    )
await server.close()
