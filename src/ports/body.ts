/**
 * The body of a request or of an answer, read up to a limit.
 * @since 0.1.0
 */

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
