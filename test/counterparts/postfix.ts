import { mkdirSync, readFileSync } from "node:fs"
import { eventually, folderWith, freePort, runSystem } from "./loopback.ts"

/** Where an instance delivers to. */
export interface Routes {
  /** Mailboxes of its own, by their addresses. */
  readonly mailboxes: ReadonlyArray<string>
  /** Servers on loopback for other domains: their ports. */
  readonly domains: Readonly<Record<string, number>>
}

const inline = (entries: ReadonlyArray<readonly [string, string]>): string =>
  `inline:{${entries.map(([key, value]) => `{${key} = ${value}}`).join(", ")}}`

const mainCf = (folder: string, { mailboxes, domains }: Routes): string => `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.host.example
mydestination =
local_transport = error:no such domain here
alias_maps =
smtp_host_lookup = native
transport_maps = ${inline(Object.entries(domains).map(([domain, port]) => [domain, `smtp:[127.0.0.1]:${port}`]))}
virtual_mailbox_domains = ${[...new Set(mailboxes.map((address) => address.split("@")[1]))].join(" ")}
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = ${inline(mailboxes.map((address) => [address, `${address}/`]))}
virtual_minimum_uid = 1
virtual_uid_maps = static:${runSystem("id", "-u", "nobody").trim()}
virtual_gid_maps = static:${runSystem("id", "-g", "nobody").trim()}
`

const masterCf = (port: number): string => `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`

/** A Postfix of its own, on loopback, with queue, log and mailboxes in a temporary folder. Root only. */
export const postfix = async (routes: Routes) => {
  if (process.getuid?.() !== 0)
    throw new Error(
      "Postfix starts for root only: run npm run test:counterparts as root, in a container if need be",
    )
  const port = await freePort()
  const { folder, remove } = folderWith((path) => ({
    "main.cf": mainCf(path, routes),
    "master.cf": masterCf(port),
    log: "",
  }))
  for (const name of ["queue", "data", "mail"]) mkdirSync(`${folder}/${name}`)
  runSystem("chown", "postfix", `${folder}/data`)
  runSystem("chown", "nobody", `${folder}/mail`)
  const run = (command: string) => runSystem("postfix", "-c", folder, command)
  const log = () => readFileSync(`${folder}/log`, "utf8")
  const end = async () => {
    run("stop")
    await remove()
  }
  run("start")
  try {
    await eventually("Postfix", () => (/daemon started/.test(log()) ? true : undefined))
  } catch (error) {
    await end()
    throw error
  }
  return { at: { host: "127.0.0.1", port }, log, [Symbol.asyncDispose]: end }
}
