/**
 * A DNS server on loopback, for what a real resolver makes of answers: it knows one zone by heart. RFC 1035, 4.
 */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import type { Zone } from "./zone.ts"

const TYPES: Readonly<Record<string, number>> = { CNAME: 5, MX: 15, TXT: 16 }
const CODES: Readonly<Record<string, number>> = { ESERVFAIL: 2, ENOTFOUND: 3, EREFUSED: 5 }

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ])

const valueBytes = (type: string, value: string): Buffer => {
  if (type === "CNAME") return nameBytes(value)
  if (type === "MX") {
    const [priority = "", exchange = ""] = value.split(" ")
    return Buffer.concat([Buffer.from([0, Number(priority)]), nameBytes(exchange)])
  }
  const pieces = value.match(/[\s\S]{1,255}/g) ?? [""]
  return Buffer.concat(pieces.map((piece) => Buffer.from([piece.length, ...Buffer.from(piece)])))
}

const recordBytes = (name: string, type: string, value: string): Buffer => {
  const data = valueBytes(type, value)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(TYPES[type] ?? 0, 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([nameBytes(name), fixed, data])
}

const questionIn = (query: Buffer) => {
  const labels: Array<string> = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length))
    at += 1 + length
  }
  const asked = query.readUInt16BE(at + 1)
  const type = Object.entries(TYPES).find(([, number]) => number === asked)?.[0] ?? ""
  return { name: labels.join(".").toLowerCase(), type, bytes: query.subarray(12, at + 5) }
}

/** The answer to a query; undefined for silence, which `!ETIMEOUT` stands for. */
const answerTo = (zone: Zone, query: Buffer): Buffer | undefined => {
  const { name, type, bytes } = questionIn(query)
  const records: Array<Buffer> = []
  let code = 0
  let at = name
  for (;;) {
    const alias = zone[`CNAME ${at}`]?.[0]
    const values = zone[`${type} ${at}`] ?? []
    const error = values.find((value) => value.startsWith("!"))?.slice(1)
    if (error === "ETIMEOUT") return undefined
    if (error !== undefined) code = CODES[error] ?? 0
    else records.push(...values.map((value) => recordBytes(at, type, value)))
    const isKnown = Object.keys(zone).some((question) => question.endsWith(` ${at}`))
    if (!isKnown) code = CODES["ENOTFOUND"] ?? 0
    if (values.length > 0 || alias === undefined) break
    records.push(recordBytes(at, "CNAME", alias))
    at = alias
  }
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8180 | code, 2)
  header.writeUInt16BE(records.length, 6)
  // Whatever else the query had, such as options, is not answered.
  header.writeUInt16BE(0, 8)
  header.writeUInt16BE(0, 10)
  return Buffer.concat([header, bytes, ...records])
}

/** Serves a zone on a free port; `server` is where, as `node:dns` takes it. */
export const serveZone = async (zone: Zone) => {
  const socket = createSocket("udp4")
  socket.on("message", (query, { port, address }) => {
    const answer = answerTo(zone, query)
    if (answer !== undefined) socket.send(answer, port, address)
  })
  socket.bind(0, "127.0.0.1")
  await once(socket, "listening")
  return {
    server: `127.0.0.1:${socket.address().port}`,
    close: async () => {
      socket.close()
      await once(socket, "close")
    },
  }
}
