import { expect, test, vi } from "vitest"
import { listen, tell } from "../../docs/examples/restate-host.ts"
import { noServerBecause, startRestate } from "./restate-server.ts"

test.skipIf(noServerBecause !== undefined)(
  `R8: the host on Restate sends a text, and says why ${noServerBecause ?? ""}`,
  async () => {
    const shown: string[] = []
    const show = (text: unknown) => {
      shown.push(String(text))
      return true
    }
    const log = vi.spyOn(console, "log").mockImplementation(show)
    const write = vi.spyOn(process.stdout, "write").mockImplementation(show)
    for (const level of ["info", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {})
    const server = await startRestate()
    try {
      await server.register(`http://127.0.0.1:${await listen(0)}`)
      await tell(server.ingress)
      await vi.waitFor(() => expect(shown.join("\n")).toMatch(/SMS to \+821012345678/), 10_000)
      expect(shown.join("\n")).toMatch(/offline, because they had never been seen on the site.*an SMS/)
    } finally {
      await server.close()
      for (const spy of [log, write]) spy.mockRestore()
      vi.restoreAllMocks()
    }
  },
)
