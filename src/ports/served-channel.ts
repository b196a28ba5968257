/**
 * A channel as it can be served, by what there is to serve it with. Rules R14, R15.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import { type ChannelInput, makeChannel } from "../core/directory.ts"
import type { Channel } from "../core/eligibility.ts"
import { asChecked, type DomainStanding } from "../core/email/domain/standing.ts"

/**
 * The channel as it can be served here: a carrier without a transport is not integrated, and its linked domain is as
 * verified as the checks found it. Total. R14, R15.
 * @since 0.1.0
 */
export const servedChannel = (
  input: ChannelInput,
  carriers: ReadonlySet<Via>,
  standing?: DomainStanding,
): Channel => {
  const channel = makeChannel(input)
  const { push, sns, xms, email } = channel.integrations
  return {
    ...channel,
    ...(channel.emailDomain !== undefined && { emailDomain: asChecked(channel.emailDomain, standing) }),
    integrations: {
      push: push && carriers.has("push"),
      sns: sns && carriers.has("sns"),
      xms: xms !== false && carriers.has("xms"),
      email: email !== false && carriers.has("email"),
    },
  }
}
