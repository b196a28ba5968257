#!/usr/bin/env node
/**
 * The program `followup`: the command line on the process's own streams, terminal and clock.
 * @since 0.1.0
 */
import { Resolver } from "node:dns/promises"
import { readFileSync } from "node:fs"
import process from "node:process"
import { buffer } from "node:stream/consumers"
import { letReadersLeave } from "./leaving-readers.ts"
import { run } from "./program.ts"

letReadersLeave()

const packageJson = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string
  readonly engines: { readonly node: string }
}

// Twice within the time that one question is given: the first packet may be lost.
const resolverAt = (server: string | undefined): Resolver => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (server !== undefined) resolver.setServers([server])
  return resolver
}

process.exitCode = await run(process.argv.slice(2), {
  version: packageJson.version,
  node: { version: process.versions.node, needed: packageJson.engines.node },
  env: process.env,
  terminalColumns: process.stdout.isTTY ? process.stdout.columns : null,
  nowMs: Date.now,
  resolverAt,
  readStandardInput: () => buffer(process.stdin),
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
})
