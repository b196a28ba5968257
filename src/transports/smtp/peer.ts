/**
 * Finds nodemailer, or says how to get it. Rule R13.
 *
 * @since 0.1.0
 */
import { createRequire } from "node:module"
import type Nodemailer from "nodemailer"

const load: () => typeof Nodemailer = () => createRequire(import.meta.url)("nodemailer")

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND"

/**
 * nodemailer, which a host installs only when it sends mail over SMTP.
 *
 * @throws Error that names the command to run when it is not installed.
 *
 * @since 0.1.0
 */
export const requireNodemailer = (from: () => typeof Nodemailer = load): typeof Nodemailer => {
  try {
    return from()
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error("followup/transports/smtp needs nodemailer. Run: npm install nodemailer@^10.5.0", {
      cause: error,
    })
  }
}
