import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { fencesIn } from "../../tools/examples/fences.ts"

const read = (page: string) => readFileSync(page, "utf8")
const codeOf = (page: string) => fencesIn(page, read(page)).map(({ code }) => code)

describe("a page that sets a carrier up says what it takes", () => {
  test.each(["fcm", "apns", "web-push"])("R15: push is integrated in the example of %s", (name) => {
    const page = `docs/transports/${name}.md`
    expect(codeOf(page).join("\n")).toContain("integrations: { push: true }")
    expect(read(page)).toContain("Without `integrations: { push: true }`")
  })
  test.each(["line", "whatsapp", "solapi"])("R15: SNS is integrated in the example of %s", (name) => {
    expect(codeOf(`docs/transports/${name}.md`).join("\n")).toContain("integrations: { sns: true }")
  })
  test.each(["README.md", "docs/transports/smtp.md", "docs/transports/resend.md"])(
    "R14: no mail of the example of %s leaves from the placeholder",
    (page) => {
      const opens = codeOf(page).filter(
        (code) => /email|smtp|resend\(/i.test(code) && code.includes(".open("),
      )
      expect(opens.length).toBeGreaterThan(0)
      for (const code of opens) expect(code).toContain("email: { defaultDomain:")
    },
  )
  test("the README says which Node it takes", () => {
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } }
    expect(read("README.md")).toContain(`It needs Node ${engines.node.replace(">=", "")} or later.`)
  })
})
