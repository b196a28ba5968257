import { createHash } from "node:crypto"
import { FollowUps, type OpenFollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"

// #region shards
/** The database of a channel: of all of them, the one that draws the highest lot for it. */
export const databaseOf = (databases: ReadonlyArray<string>, channelId: string): string => {
  const lot = (database: string) =>
    createHash("sha256")
      .update(JSON.stringify([database, channelId]))
      .digest("hex")
  return databases.reduce((best, one) => (lot(one) > lot(best) ? one : best))
}

/** One followup a database, and the one that a channel's calls go to. */
export const openShards = async (databases: ReadonlyArray<string>) => {
  const open = async (database: string): Promise<[string, OpenFollowUps]> => [
    database,
    await FollowUps.open({ store: sqlite(database) }),
  ]
  const shards = new Map(await Promise.all(databases.map(open)))
  return {
    of: (channelId: string): OpenFollowUps => {
      const shard = shards.get(databaseOf(databases, channelId))
      if (shard === undefined) throw new Error("there is no database")
      return shard
    },
    close: () => Promise.all([...shards.values()].map((shard) => shard.close())),
  }
}
// #endregion
