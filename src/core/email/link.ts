/**
 * Which links a mail may carry. Rule R13.
 *
 * @since 0.1.0
 */

const SCHEMES: readonly string[] = ["http:", "https:"]

/**
 * The link in its normal form, in ASCII and without spaces or quotes; `null` for anything but an absolute `http` or
 * `https` address (`javascript:` above all). Total. R13.
 *
 * @example
 * webLink("https://acme.example/chat?c=1") // => "https://acme.example/chat?c=1"
 * webLink("javascript:alert(1)") // => null
 * webLink("/chat") // => null
 *
 * @since 0.1.0
 */
export const webLink = (url: string | null | undefined): string | null => {
  const parsed = URL.parse(url ?? "")
  return parsed !== null && SCHEMES.includes(parsed.protocol) ? parsed.href : null
}
