import { open } from 'node:fs/promises'

/** Reads a log as it grows: each call gives what has come since the one before, the first what comes from now on. */
export interface LogTail {
  next(): Promise<string>
  close(): Promise<void>
}

/** Opens the log at its end. The caller closes it. */
export async function tailOf(path: string): Promise<LogTail> {
  const file = await open(path)
  let at = (await file.stat()).size
  return {
    next: async () => {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - at), 0, size - at, at)
      at += bytesRead
      return buffer.toString('utf8', 0, bytesRead)
    },
    close: () => file.close(),
  }
}
