import { type ChildProcess, spawn } from "node:child_process"
import { promises as dns } from "node:dns"
import { once } from "node:events"
import { eventually, folderWith, freePort, systemEnv } from "./loopback.ts"

/** Records of zones by the zone's name, each as a line of a master file: `'_dmarc TXT "v=DMARC1; p=reject"'`. */
export type Zones = Readonly<Record<string, ReadonlyArray<string>>>

const masterFile = (zone: string, records: ReadonlyArray<string>): string =>
  [
    `$ORIGIN ${zone}.`,
    "$TTL 60",
    `@ SOA ns.${zone}. hostmaster.${zone}. 1 3600 600 86400 60`,
    `@ NS ns.${zone}.`,
    "ns A 127.0.0.1",
    ...records,
    "",
  ].join("\n")

const knotConf = (folder: string, port: number, zones: ReadonlyArray<string>): string => `server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
log:
  - target: stderr
    any: warning
database:
    storage: "${folder}"
zone:
${zones
  .map(
    (zone) => `  - domain: ${zone}.
    file: "${folder}/${zone}.zone"
    zonefile-sync: -1
    journal-content: none
`,
  )
  .join("")}`

const unboundConf = (
  folder: string,
  port: number,
  knotPort: number,
  zones: ReadonlyArray<string>,
): string => `server:
    directory: "${folder}"
    chroot: ""
    username: ""
    pidfile: ""
    verbosity: 0
    use-syslog: no
    logfile: "${folder}/unbound.log"
    do-daemonize: no
    interface: 127.0.0.1
    port: ${port}
    do-not-query-localhost: no
    module-config: "iterator"
    local-zone: "." static
${zones.map((zone) => `    local-zone: "${zone}." transparent\n`).join("")}remote-control:
    control-enable: no
${zones.map((zone) => `stub-zone:\n    name: "${zone}."\n    stub-addr: 127.0.0.1@${knotPort}\n`).join("")}`

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, "exit")
}

/**
 * A small internet of names: Knot has the zones, Unbound resolves them, following aliases from one zone to another, and
 * `resolver` asks Unbound. What is in none of the zones does not exist.
 */
export const dnsZones = async (zones: Zones) => {
  const [knotPort, port] = [await freePort(), await freePort()]
  const names = Object.keys(zones)
  const { folder, remove } = folderWith((path) => ({
    ...Object.fromEntries(names.map((zone) => [`${zone}.zone`, masterFile(zone, zones[zone] ?? [])])),
    "knot.conf": knotConf(path, knotPort, names),
    "unbound.conf": unboundConf(path, port, knotPort, names),
  }))
  const start = (program: string, file: string) =>
    spawn(program, ["-c", `${folder}/${file}`], { env: systemEnv, stdio: ["ignore", "ignore", "inherit"] })
  const children = [start("knotd", "knot.conf"), start("unbound", "unbound.conf")]
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 3 })
  resolver.setServers([`127.0.0.1:${port}`])
  const end = async () => {
    resolver.cancel()
    await Promise.all(children.map(stop))
    await remove()
  }
  try {
    for (const zone of names) await eventually(`the zone ${zone}`, () => resolver.resolveSoa(zone))
  } catch (error) {
    await end()
    throw error
  }
  return { resolver, [Symbol.asyncDispose]: end }
}
