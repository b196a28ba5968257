/**
 * Finds the web-push library, or says how to get it. Rule R6.
 *
 * @since 0.1.0
 */
import { createRequire } from "node:module"
import type WebPush from "web-push"

/** What is used of the library: it encrypts and signs a request, and sends nothing. @since 0.1.0 */
export type WebPushLibrary = Pick<typeof WebPush, "generateRequestDetails">

const load: () => WebPushLibrary = () => createRequire(import.meta.url)("web-push")

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND"

/**
 * The web-push library, which a host installs only when it sends pushes to browsers.
 *
 * @throws Error that names the command to run when it is not installed.
 *
 * @since 0.1.0
 */
export const requireWebPush = (from: () => WebPushLibrary = load): WebPushLibrary => {
  try {
    return from()
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error("followup/transports/web-push needs web-push. Run: npm install web-push@^3.6.7", {
      cause: error,
    })
  }
}
