/**
 * `followup demo`, with what it cannot have in the package: a SQLite file, and mail that goes through a real SMTP server
 * on loopback. Exits 0 only if everything came out as the rules say.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { playConversation } from "../../src/cli/demo/conversation.ts"
import { demoPage } from "../../src/cli/demo-page.ts"
import { letReadersLeave } from "../../src/cli/leaving-readers.ts"
import { pageOf, paint } from "../../src/cli/page.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { smtp } from "../../src/transports/smtp/index.ts"
import { type Mailbox, openMailbox } from "./mailbox.ts"

const page = pageOf({
  env: process.env,
  terminalColumns: process.stdout.isTTY ? process.stdout.columns : null,
})
const write = (text: string): void => void process.stdout.write(text)
const heading = (text: string): void => write(`\n${paint(page, "bold", text)}\n`)

const showMails = ({ mails }: Mailbox): void => {
  heading("The email that Jun's mail server received")
  for (const mail of mails) {
    for (const { originalKey, value } of mail.headers)
      write(`${paint(page, "dim", `${originalKey}:`)} ${value.replaceAll(/\s+/g, " ")}\n`)
    write(`\n${mail.subject ?? ""}\n\n${mail.text?.trimEnd() ?? ""}\n`)
  }
}

const main = async (folder: string, mailbox: Mailbox): Promise<boolean> => {
  const mailer = smtp({ host: "127.0.0.1", port: mailbox.port })
  const played = await playConversation({
    page,
    write,
    store: sqlite(join(folder, "followup.sqlite")),
    email: mailer,
  })
  await mailer.close()
  showMails(mailbox)
  const asExpected = played.asExpected && mailbox.mails.length === 1
  write(demoPage(page, { ...played, asExpected }))
  return asExpected
}

letReadersLeave()
const folder = await mkdtemp(join(tmpdir(), "followup-demo-"))
const mailbox = await openMailbox()
try {
  process.exitCode = (await main(folder, mailbox)) ? 0 : 1
} finally {
  await mailbox.close()
  await rm(folder, { recursive: true, force: true })
}
