import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { resolve } from "node:path"

/** Where the providers' published OpenAPI files are. */
export const specsFolder = process.env["FOLLOWUP_SPECS"] ?? "../shared/specs"

const START_WITHIN_MS = 60_000

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** Prism behaving by one of the published files: its address, and how to end it. */
export const prismOn = async (file: string) => {
  const spec = resolve(specsFolder, file)
  if (!existsSync(spec)) throw new Error(`no ${file} in ${resolve(specsFolder)}: say where by FOLLOWUP_SPECS`)
  const port = await freePort()
  const prism = spawn(
    process.execPath,
    ["node_modules/.bin/prism", "mock", "-h", "127.0.0.1", "-p", String(port), spec],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  )
  const stop = async () => {
    if (prism.exitCode !== null) return
    prism.kill()
    await once(prism, "exit")
  }
  const started = new Promise<void>((done, fail) => {
    const timer = setTimeout(() => fail(new Error("prism did not start in time")), START_WITHIN_MS)
    let printed = ""
    prism.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString()
      if (!printed.includes("Prism is listening")) return
      clearTimeout(timer)
      done()
    })
    prism.once("exit", () => fail(new Error("prism ended")))
  })
  await started.catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { baseUrl: `http://127.0.0.1:${port}`, stop }
}

/** A fetch that sends some headers besides, and keeps what Prism answered. */
export const fetchWith = (headers: Readonly<Record<string, string>>) => {
  const answers: string[] = []
  const fetchAndKeep: typeof globalThis.fetch = async (input, init) => {
    const all = new Headers(init?.headers)
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    const response = await fetch(input, { ...init, headers: all })
    answers.push(await response.clone().text())
    return response
  }
  return { fetch: fetchAndKeep, answers }
}
