/**
 * What running a command comes to: text for standard output, or a reason on standard error, never both.
 * @since 0.1.0
 */

/**
 * How a command ended. `Done`: `text` goes to standard output. `Unmet`: so does it, and says that what was looked at is
 * not as it is to be. `BadInput`: what was given cannot be used, and `lines`
 * say why. `Failed`: the input was fine, the work was not. No line holds a contact or a message's text.
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Done"; readonly text: string }
  | { readonly _tag: "Unmet"; readonly text: string }
  | { readonly _tag: "BadInput"; readonly lines: ReadonlyArray<string> }
  | { readonly _tag: "Failed"; readonly lines: ReadonlyArray<string> }

/** The exit codes of `followup`. @since 0.1.0 */
export const exitCodes: Readonly<Record<Outcome["_tag"], number>> = {
  Done: 0,
  Unmet: 1,
  Failed: 1,
  BadInput: 2,
}

/** A command that did its work. Total. @since 0.1.0 */
export const done = (text: string): Outcome => ({ _tag: "Done", text })

/** A command that did its work, and found something not in order. Total. @since 0.1.0 */
export const unmet = (text: string): Outcome => ({ _tag: "Unmet", text })

/** Input that cannot be used, a line for each reason. Total. @since 0.1.0 */
export const badInput = (...lines: ReadonlyArray<string>): Outcome => ({ _tag: "BadInput", lines })

/** Work that failed although its input was fine. Total. @since 0.1.0 */
export const failed = (...lines: ReadonlyArray<string>): Outcome => ({ _tag: "Failed", lines })

/** A value as the one JSON document that `--json` prints, indented by two. Total for plain data. @since 0.1.0 */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** A command that did its work, whose result is printed as JSON. Total for plain data. @since 0.1.0 */
export const json = (value: unknown): Outcome => done(jsonText(value))
