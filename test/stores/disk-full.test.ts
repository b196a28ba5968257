import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"
import { FollowUps } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-disk-full-"))
afterAll(() => rmSync(folder, { recursive: true }))
const program = fileURLToPath(new URL("./disk-full-process.ts", import.meta.url))

interface Line {
  readonly kept?: string
  readonly refused?: string
  readonly reason?: string
  readonly message?: string
  readonly closed?: boolean
}

// The kernel refuses what would make a file of this process longer than so many blocks.
const BLOCKS = 2_000

test("R20: a write that the system refuses is told, loses nothing, and work goes on with room", async () => {
  const file = join(folder, "full.sqlite")
  const command = `ulimit -f ${BLOCKS} && exec "$0" --no-warnings "$@"`
  const child = spawnSync("sh", ["-c", command, process.execPath, program, file], {
    encoding: "utf8",
    timeout: 25_000,
  })
  const lines: ReadonlyArray<Line> = child.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
  expect([child.signal, child.status, lines.at(-1)]).toEqual([null, 0, { closed: true }])
  const kept = lines.flatMap((line) => line.kept ?? [])
  const refused = lines.filter((line) => line.refused !== undefined)
  expect(kept.length).toBeGreaterThan(10)
  for (const { reason, message } of refused)
    expect([reason, message]).toEqual([
      "store",
      expect.stringMatching(/cannot be read or written|disk is full/),
    ])

  const database = new DatabaseSync(file)
  expect(database.prepare("pragma integrity_check").all()).toEqual([{ integrity_check: "ok" }])
  database.close()
  const followUps = await FollowUps.open({ store: sqlite(file) })
  const message = {
    channelId: "acme",
    customerId: "cust-1",
    chatId: "c1",
    messageId: "last",
    from: "customer",
    text: "",
  } as const
  await followUps.message(message)
  const recorded: Array<string> = []
  for await (const { event } of followUps.events({ after: 0 }))
    if (event._tag === "MessageRecorded") {
      recorded.push(event.messageId)
      if (event.messageId === "last") break
    }
  await followUps.close()
  expect(recorded.toSorted()).toEqual([...kept, "last"].toSorted())
})
