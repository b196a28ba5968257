/**
 * The transport contract on webhooks: what comes again, in any order, from strangers, or changed on its way.
 * Rules R7, R9, R20.
 * @since 0.1.0
 */
import { same } from "../contract-case.ts"
import type { SubjectCases, WebhookSample } from "./subject.ts"
import { answered } from "./trial.ts"

/** How many places of a body are changed, one at a time. */
const PLACES = 40

/** More than any receipt: what is larger is not read. */
const TOO_LARGE_BYTES = 16_777_216

const told = async ({ receive }: WebhookSample, request: Request) => {
  const { events, response } = await answered("the webhook", [], () => receive(request))
  return { status: response.status, events }
}

const saysTheSame = async (sample: WebhookSample): Promise<void> => {
  const hear = async (requests: ReadonlyArray<Request>) => {
    const heard = []
    for (const request of requests) heard.push(await told(sample, request))
    return heard
  }
  const first = await hear(sample.requests())
  const refused = first.find(({ status }) => status < 200 || status > 299)
  if (refused !== undefined)
    throw new Error(`a request of the provider: expected it to be understood, but got ${refused.status}`)
  if (first.every(({ events }) => events.length === 0))
    throw new Error("the requests of the provider: expected events, but there are none")
  same("the same requests again", await hear(sample.requests()), first)
  same(
    "the same requests, the last one first",
    (await hear(sample.requests().toReversed())).toReversed(),
    first,
  )
}

const refuses = async (
  sample: WebhookSample,
  what: string,
  status: number,
  change: (request: Request, body: Uint8Array<ArrayBuffer>) => Request | undefined,
): Promise<void> => {
  for (const request of sample.requests()) {
    const body = new Uint8Array(await request.clone().arrayBuffer())
    const changed = change(request, body)
    if (changed !== undefined) same(what, await told(sample, changed), { status, events: [] })
  }
}

const withBody = (request: Request, body: Uint8Array<ArrayBuffer>): Request =>
  new Request(request.url, { method: request.method, headers: request.headers, body })

const unsigned = (request: Request, body: Uint8Array<ArrayBuffer>): Request => {
  const type = request.headers.get("content-type")
  return new Request(request.url, {
    method: request.method,
    headers: type === null ? {} : { "content-type": type },
    body,
  })
}

// A digit for a digit and a letter for a letter where there is one: what is changed can still be understood.
const changedAt = (body: Uint8Array<ArrayBuffer>, place: number): Uint8Array<ArrayBuffer> => {
  const changed = body.slice()
  changed[place] = (changed[place] ?? 0) ^ 1
  return changed
}

const isJson = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === "object"
  } catch {
    return false
  }
}

// The same JSON in other bytes, which nobody signed. Whoever looks at what a body parser made of it takes it for the
// provider's, and refuses the provider's own as soon as that one writes its JSON in another way.
const respacings: ReadonlyArray<(text: string) => string> = [
  (text) => `${text}\n`,
  (text) => ` ${text}`,
  (text) => text.replace(/[[{]/, "$& "),
]

const respaced = (body: Uint8Array, respacing: (text: string) => string) => {
  const text = new TextDecoder().decode(body)
  return isJson(text) ? new TextEncoder().encode(respacing(text)) : undefined
}

const refusesChanges = async (sample: WebhookSample): Promise<void> => {
  for (let index = 0; index < PLACES; index++)
    await refuses(sample, "a body that was changed", 401, (request, body) =>
      body.byteLength === 0
        ? undefined
        : withBody(request, changedAt(body, Math.floor((index * body.byteLength) / PLACES))),
    )
  for (const respacing of respacings)
    await refuses(sample, "a body with the same JSON in other bytes", 401, (request, body) => {
      const changed = respaced(body, respacing)
      return changed && withBody(request, changed)
    })
}

/** The cases on webhooks; none where there is no webhook. @since 0.1.0 */
export const webhookCases = (sample: WebhookSample | undefined): SubjectCases =>
  sample === undefined
    ? {}
    : {
        "webhook: the same again, in any order, says the same": () => saysTheSame(sample),
        "webhook: a request without a signature gets 401 and says nothing": () =>
          refuses(sample, "a request without a signature", 401, unsigned),
        ...(sample.signsBody !== false && {
          "webhook: a body that was changed gets 401 and says nothing": () => refusesChanges(sample),
        }),
        "webhook: another method gets 405 and says nothing": () =>
          refuses(
            sample,
            "the method PUT",
            405,
            (request, body) => new Request(request.url, { method: "PUT", headers: request.headers, body }),
          ),
        "webhook: a body that is too large gets 413 and says nothing": () =>
          refuses(sample, "a body that is too large", 413, (request) =>
            withBody(request, new Uint8Array(TOO_LARGE_BYTES)),
          ),
      }
