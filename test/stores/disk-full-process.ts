/**
 * An engine on the SQLite file that its argument names, that is told messages until one is refused. It says of each
 * which was kept, then why it stopped, and closes.
 */
import { FollowUps, FollowUpsError } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"

/** How often it is told no before it stops. */
const REFUSALS = 5

const followUps = await FollowUps.open({ store: sqlite(process.argv[2] ?? "") })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "paid" } })
const say = (line: object): void => console.log(JSON.stringify(line))
const refused: Array<string> = []
for (let index = 0; refused.length < REFUSALS; index++) {
  const messageId = `m${index}`
  await followUps
    .message({
      channelId: "acme",
      customerId: `cust-${index % 7}`,
      chatId: "c1",
      messageId,
      from: index < 7 ? "customer" : "manager",
      text: "In stock. ".repeat(500),
    })
    .then(
      () => say({ kept: messageId }),
      (error: unknown) => {
        refused.push(messageId)
        say({
          refused: messageId,
          ...(error instanceof FollowUpsError && { reason: error.reason, message: error.message }),
        })
      },
    )
}
say({ history: (await followUps.log({ channelId: "acme", limit: 1 })).length >= 0 })
await followUps.close()
say({ closed: true })
