import { afterAll, beforeAll, describe, test } from "vitest"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import { storeContract } from "../../src/testing/store-contract.ts"
import { type PostgresServer, startPostgres } from "./postgres-server.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

let schemas = 0
const fresh = (): PostgresOptions => ({ ...server.options, schema: `Schema "${++schemas}"` })

describe("the store contract over PostgreSQL", () => {
  for (const { name, run } of storeContract(() => postgres(fresh()))) test(name, run)
})
