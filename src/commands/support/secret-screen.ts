import { hideSecretScreen, showSecretScreen } from '../../terminal/secret-screen.ts'
import type { CommandIo } from './command-io.ts'

/** Shows lines on the alternate screen while `until` waits; they are gone whatever comes of it. */
export async function withSecretScreen(
  io: CommandIo,
  lines: readonly string[],
  until: () => Promise<unknown>,
): Promise<void> {
  io.stdout.write(showSecretScreen(lines))
  try {
    await until()
  } finally {
    io.stdout.write(hideSecretScreen(io.stdout.rows || 24))
  }
}

/** Waits for any key, so many milliseconds, or the end of the program; the terminal is as it was afterwards. */
export function keyOrTime({ stdin, signal }: CommandIo, milliseconds: number): Promise<void> {
  const rawBefore = stdin.isRaw
  stdin.setRawMode(true)
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      stdin.off('data', end).off('end', end)
      signal.removeEventListener('abort', end)
      stdin.setRawMode(rawBefore)
      stdin.pause()
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
    stdin.on('data', end).on('end', end)
    stdin.resume()
    if (signal.aborted) end()
  })
}
