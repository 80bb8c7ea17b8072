import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs commands in a real shell where the service's tool is a script that notes its arguments, and says `there` when
 * it is asked what is there.
 * @param failing a word of a call that fails; the lines after it are run all the same, as when they are pasted
 */
export function ranAtServices(
  commands: readonly string[],
  there = '',
  failing: string | null = null,
): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'pg-usher-services-'))
  try {
    const log = join(folder, 'log')
    writeFileSync(log, '')
    for (const tool of ['aws', 'gcloud', 'az', 'supabase', 'neon', 'cb', 'doctl', 'avn', 'jq', 'heroku']) {
      const script = `#!/bin/sh\n[ "$(basename "$0")" = jq ] && cat >/dev/null\n{ for a in "$(basename "$0")" "$@"; do printf '%s\\037' "$a"; done; echo; } >> '${log}'\nfor a in "$@"; do [ "$a" = '${failing ?? ''}' ] && exit 1; done\nprintf '%s' '${there}'\n`
      writeFileSync(join(folder, tool), script)
      chmodSync(join(folder, tool), 0o700)
    }
    const script = failing === null ? commands : [...commands, 'true']
    execFileSync('/bin/sh', [failing === null ? '-euc' : '-uc', script.join('\n')], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return readFileSync(log, 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.split('\u001f').slice(0, -1))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
