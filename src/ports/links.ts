/**
 * The links port: what leaves in messages and comes back from strangers, so that what comes back can be trusted. Rules
 * R7, R12, R13, R15.
 * @since 0.1.0
 */

/** What a token is for; one for a purpose is none for another. @since 0.1.0 */
export type LinkPurpose = "resume" | "receipt" | "unsubscribe"

/**
 * Makes and checks tokens under secret keys, of which the first makes and all check. A token is text of `A-Z a-z 0-9 _
 * -`; the same purpose and content give the same one. No function throws.
 * @since 0.1.0
 */
export interface Links {
  /** Where the handler is to be reached, without a slash at its end; `null`: mails carry no link to unsubscribe. */
  readonly baseUrl: string | null
  /** How long a resume link holds, in ms; the end itself is too late. */
  readonly resumeMs: number
  /** How long a push's receipt token holds, in ms; the end itself is too late. */
  readonly receiptMs: number
  /** A short token that stands for a content and does not tell it. */
  readonly tag: (purpose: LinkPurpose, content: string) => string
  /** Whether a token stands for a content. */
  readonly isTag: (purpose: LinkPurpose, content: string, token: string) => boolean
  /** The name under which a short token is kept, from which it cannot be made again; undefined for what is no token. */
  readonly nameOf: (token: string) => string | undefined
  /** A token that holds a content, which nobody but this can read. */
  readonly seal: (purpose: LinkPurpose, content: string) => string
  /** The content of a token; undefined when it was not made here. */
  readonly unseal: (purpose: LinkPurpose, token: string) => string | undefined
}
