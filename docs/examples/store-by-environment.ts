import { FollowUps } from "followup/engine"
import { postgres } from "followup/stores/postgres"
import { sqlite } from "followup/stores/sqlite"

// #region store
const url = process.env["FOLLOWUP_DATABASE_URL"]
const store =
  url === undefined ? sqlite(":memory:") : postgres({ url, schema: "followup", maxConnections: 5 })
const followUps = await FollowUps.open({ store })
// #endregion

await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })
console.log((await followUps.usage("acme")).limitPu)
await followUps.close()
