/**
 * The body of a request or of an answer, read up to a limit.
 * @since 0.1.0
 */

/** Somebody has read a request's body before: a body parser in front, mostly. @since 0.1.0 */
export class BodyWasRead extends Error {
  override readonly name = "BodyWasRead"
  constructor() {
    super("expected a body that nobody has read; is there a body parser in front?")
  }
}

/** The bytes of a body, or undefined when there are more than `maxBytes`. Rejects when reading fails. @since 0.1.0 */
export const readBytes = async (
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  if (body === null) return new Uint8Array()
  const chunks: Array<Uint8Array> = []
  let size = 0
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/**
 * The bytes of a request's body, or undefined when there are more than `maxBytes`. Rejects with `BodyWasRead` when
 * somebody has read them before, and otherwise when reading fails.
 * @since 0.1.0
 */
export const readRequestBytes = async (
  { body, bodyUsed, headers }: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  if (bodyUsed) throw new BodyWasRead()
  const bytes = await readBytes(body, maxBytes)
  // What was read from a request of node:http, before it became this one, shows by nothing else.
  if (bytes?.byteLength === 0 && Number(headers.get("content-length")) > 0) throw new BodyWasRead()
  return bytes
}
