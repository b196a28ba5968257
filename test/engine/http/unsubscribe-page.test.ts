import { HtmlValidate } from "html-validate"
import { expect, test } from "vitest"
import { donePage, questionPage } from "../../../src/engine/http/unsubscribe-page.ts"

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  // Readers aloud say all of it.
  rules: { "long-title": "off" },
})

test.each([
  ["asks", questionPage],
  ["says that it is done", donePage],
])(
  "R15: the page that %s is valid and accessible HTML, whatever the channel's name is",
  async (_, pageOf) => {
    for (const locale of ["ko", "ja", "en"] as const)
      for (const channelName of ["Acme", "متجر أكمي", `<img src=x onerror="alert(1)">&'`]) {
        const { results } = await validator.validateString(pageOf({ locale, channelName }))
        expect(results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId))).toEqual([])
      }
  },
)
