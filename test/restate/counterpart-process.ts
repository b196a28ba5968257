/**
 * A provider in a process of its own: what it is asked to send is on disk before it answers. It says its port once it
 * listens, tells on a GET everything that it was asked, and ends at the end of standard input.
 */
import { once } from "node:events"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as pause } from "node:timers/promises"

const ANSWER_MS = 150
const file = process.argv[2] ?? ""
writeFileSync(file, "")

const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    response.end(readFileSync(file, "utf8"))
    return
  }
  let key = ""
  for await (const chunk of request) key += String(chunk)
  appendFileSync(file, `${key}\n`, { flush: true })
  // Long enough for a kill to come between what it did and what its caller hears.
  await pause(ANSWER_MS)
  response.end()
})
server.listen(0, "127.0.0.1")
await once(server, "listening")
console.log((server.address() as AddressInfo).port)
process.stdin.resume()
await once(process.stdin, "end")
process.exit()
