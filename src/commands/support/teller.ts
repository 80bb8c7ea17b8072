import type { EngineEvent } from '../../engine/events.ts'
import { redacted } from '../../model/redact.ts'
import type { CommandIo } from './command-io.ts'
import { progressText } from './text/progress-text.ts'

/** Where the text of an apply goes, part by part. */
export interface Teller {
  /** A part of what was asked for; nothing with `--json`. */
  readonly section: (lines: readonly string[]) => void
  /** The heading of what progress lines follow. */
  readonly begin: (heading: string) => void
  readonly progress: (event: EngineEvent) => void
  /** A line of progress that is no event of the engine. */
  readonly line: (text: string) => void
}

/** Tells on the streams of the command, nothing secret in it; the parts stand apart by an empty line. */
export function createTeller({ json }: { readonly json: boolean }, io: CommandIo): Teller {
  const progressStream = json ? io.stderr : io.stdout
  let first = true
  const apart = () => {
    const gap = first ? '' : '\n'
    first = false
    return gap
  }
  return {
    section: lines => {
      if (!json && lines.length > 0) io.stdout.write(redacted(`${apart()}${lines.join('\n')}\n`))
    },
    line: text => progressStream.write(redacted(`${text}\n`)),
    begin: heading => progressStream.write(redacted(`${apart()}${heading}\n`)),
    progress: event => {
      const line = progressText(event)
      if (line !== null) progressStream.write(redacted(`${line}\n`))
    },
  }
}
