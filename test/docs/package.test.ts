import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { posix } from "node:path"
import { expect, test } from "vitest"

interface Packed {
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

// What a release would hold; that of the build is not looked at, since tests run without one.
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }),
) as ReadonlyArray<Packed>
const paths = (packed?.files ?? []).map(({ path }) => path).filter((path) => !path.startsWith("dist/"))

const isPacked = (target: string) => paths.some((path) => path === target || path.startsWith(`${target}/`))

const headingsOf = (page: string) =>
  Array.from(readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  )

const linksOf = (page: string) =>
  Array.from(readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link).filter(
    (link) => !/^[a-z]+:/.test(link),
  )

const pages = paths.filter((path) => path.endsWith(".md"))

test("whoever installs the package gets README and the pages that it links to", () => {
  expect(pages).toContain("README.md")
  expect(linksOf("README.md").length).toBeGreaterThan(20)
  expect(paths).toContain("docs/examples/scenarios/R7-push-received.json")
  expect(paths.filter((path) => path.endsWith(".expected.json"))).toEqual([])
})

test.each(pages)("every link of %s leads somewhere in the package", (page) => {
  for (const link of linksOf(page)) {
    const [target = "", heading] = link.split("#")
    const file = target === "" ? page : posix.join(posix.dirname(page), target)
    expect(isPacked(file.replace(/\/$/, "")), link).toBe(true)
    if (heading !== undefined) expect(headingsOf(file), link).toContain(heading)
  }
})

const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}
const optionalPeers = Object.keys(peerDependenciesMeta).map((name) => [name, peerDependencies[name]] as const)

test.each(optionalPeers)("a page says how to install %s, in the range %s", (name, range) => {
  const commands = pages.flatMap((page) => readFileSync(page, "utf8").match(/npm install [^`\n]+/g) ?? [])
  expect(commands.filter((command) => command.split(" ").includes(`${name}@${range}`))).not.toEqual([])
})

// These import their peers as they are loaded, so that a missing one is told by Node's words and not by ours.
test.each([
  ["docs/guides/testing.md", "fast-check"],
  ["docs/guides/scaling.md", "@restatedev/restate-sdk"],
  ["docs/transports/smtp.md", "nodemailer"],
  ["docs/transports/web-push.md", "web-push"],
])("%s can be found by what Node says when %s is missing", (page, name) => {
  expect(readFileSync(page, "utf8")).toContain(`Cannot find package '${name}'`)
})
