import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"

const WITHIN_MS = 30_000

/** A port of 127.0.0.1 that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** What `look` finds, as soon as it finds something; it may throw while there is nothing. */
export const eventually = async <A>(
  what: string,
  look: () => A | undefined | Promise<A | undefined>,
): Promise<A> => {
  const until = performance.now() + WITHIN_MS
  for (;;) {
    const found = await Promise.resolve()
      .then(look)
      .catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > until) throw new Error(`waited for ${what} in vain`)
    await wait(50)
  }
}

/** A temporary folder that servers under other users can enter, with files by their names. */
export const folderWith = (files: (folder: string) => Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), "followup-counterpart-"))
  chmodSync(folder, 0o755)
  for (const [name, text] of Object.entries(files(folder))) writeFileSync(join(folder, name), text)
  // Programs that were told to end may still write, or remove something themselves.
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }) }
}

/** Environment in which the programs of system administrators are found. */
export const systemEnv = { ...process.env, PATH: `${process.env["PATH"]}:/usr/local/sbin:/usr/sbin:/sbin` }

/** Runs one of them to its end. */
export const runSystem = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { env: systemEnv, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
