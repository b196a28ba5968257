/**
 * Resume links and opt-outs of a store in memory. Rules R12, R15.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CustomerInput } from "../../core/directory.ts"
import {
  type CustomerKey,
  type KeptResumeLink,
  keyText,
  type OptedOut,
  type ResumeLink,
  type StoreShape,
  withOptOuts,
} from "../../ports/store.ts"

/** Links by their names, and what customers opted out of themselves by their keys. @since 0.1.0 */
export interface Links {
  readonly resume: Map<string, KeptResumeLink>
  readonly optedOut: Map<string, ReadonlyArray<OptedOut>>
}

/** No links. @since 0.1.0 */
export const makeLinks = (): Links => ({ resume: new Map(), optedOut: new Map() })

/** Keeps a link that is not kept yet. @since 0.1.0 */
export const keepLink = ({ resume }: Links, link: ResumeLink): void => {
  if (!resume.has(link.name)) resume.set(link.name, { ...link, revokedAtMs: null })
}

/** A customer's contacts with what they opted out of themselves. @since 0.1.0 */
export const optedOutOf = (
  { optedOut }: Links,
  key: CustomerKey,
  input: CustomerInput | undefined,
): CustomerInput | undefined => input && withOptOuts(input, optedOut.get(keyText(key)) ?? [])

/** A customer opts out of something themselves. @since 0.1.0 */
export const optOut = ({ optedOut }: Links, key: CustomerKey, from: OptedOut): void => {
  optedOut.set(keyText(key), [...new Set([...(optedOut.get(keyText(key)) ?? []), from])])
}

const linksOf = ({ resume }: Links, key: CustomerKey): ReadonlyArray<KeptResumeLink> =>
  [...resume.values()].filter((link) => keyText(link.key) === keyText(key))

/** Lets go of what a customer's links and opt-outs are. @since 0.1.0 */
export const forgetLinks = (links: Links, key: CustomerKey): void => {
  links.optedOut.delete(keyText(key))
  for (const { name } of linksOf(links, key)) links.resume.delete(name)
}

/** Removes up to `limit` links that ended before an instant; says how many. @since 0.1.0 */
export const pruneLinks = ({ resume }: Links, beforeMs: number, limit: number): number => {
  const old = [...resume.values()].filter(({ expiresAtMs }) => expiresAtMs < beforeMs).slice(0, limit)
  for (const { name } of old) resume.delete(name)
  return old.length
}

/** The part of a store in memory that keeps links and opt-outs. @since 0.1.0 */
export const linkCalls = (links: Links): Pick<StoreShape, "resumeLink" | "revokeLinks"> => ({
  resumeLink: (name) => Effect.sync(() => links.resume.get(name)),
  revokeLinks: (key, chatId, atMs) =>
    Effect.sync(() => {
      for (const link of linksOf(links, key))
        if (link.revokedAtMs === null && (chatId === undefined || link.chatId === chatId))
          links.resume.set(link.name, { ...link, revokedAtMs: atMs })
    }),
})
