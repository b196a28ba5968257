import { execFileSync } from "node:child_process"

/** Installs what is absent, where that is possible, and says what is missing where it is not. */
export const setup = (): void => {
  execFileSync("bash", ["tools/counterparts/install.sh"], { stdio: "inherit" })
}
