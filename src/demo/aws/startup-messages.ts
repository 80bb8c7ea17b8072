import type { Duplex } from 'node:stream'

/** Takes messages off the beginning of a connection (PostgreSQL manual, 54.7 "Message Formats"). */
export interface MessageReader {
  /** The first bytes, which stay to be read. */
  peek(count: number): Promise<Buffer>
  /** A message without a type: its length, which counts itself, and the rest. */
  message(): Promise<Buffer>
  /** A message with a type before its length. */
  typedMessage(): Promise<Buffer>
}

/** Longer than any beginning of a client. */
const longest = 64 * 1024

/** Reads while `work` lasts; what was not taken is the stream's again. @throws Error where the other side ends it */
export async function withReader<T>(stream: Duplex, work: (reader: MessageReader) => Promise<T>): Promise<T> {
  let held = Buffer.alloc(0)
  let wake: (() => void) | null = null
  let ended = false
  const onData = (data: Buffer) => {
    held = Buffer.concat([held, data])
    wake?.()
  }
  const onEnd = () => {
    ended = true
    wake?.()
  }
  stream.on('data', onData)
  stream.on('end', onEnd)
  stream.on('close', onEnd)
  stream.resume()

  const peek = async (count: number): Promise<Buffer> => {
    if (count > longest) throw new Error('a message that no client begins with')
    while (held.length < count) {
      if (ended) throw new Error('the connection ended')
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
    return held.subarray(0, count)
  }
  const take = async (lengthAt: number): Promise<Buffer> => {
    const length = lengthAt + (await peek(lengthAt + 4)).readInt32BE(lengthAt)
    const message = await peek(length)
    held = held.subarray(length)
    return message
  }
  const giveBack = () => {
    stream.off('data', onData)
    stream.off('end', onEnd)
    stream.off('close', onEnd)
    stream.pause()
    if (held.length > 0) stream.unshift(held)
    held = Buffer.alloc(0)
  }
  try {
    return await work({ peek, message: () => take(0), typedMessage: () => take(1) })
  } finally {
    giveBack()
  }
}

/** The parameters of a StartupMessage: names and values, each with a zero behind it. */
export function startupParameters(message: Buffer): Readonly<Record<string, string>> {
  const words = message.subarray(8).toString('utf8').split('\0')
  const parameters: Record<string, string> = {}
  for (let at = 0; at + 1 < words.length && words[at] !== ''; at += 2)
    parameters[words[at] ?? ''] = words[at + 1] ?? ''
  return parameters
}
