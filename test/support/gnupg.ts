import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What `describeWith` is to be given for tests with a {@link GnupgHome}. */
export const gnupgPrograms = ['gpg', 'gpgconf', 'pass']

/** A home with a key of gpg and, unless told otherwise, a password store for it. */
export interface GnupgHome {
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  run(program: string, ...args: readonly string[]): Promise<string>
  stop(): void
}

/** Makes one; the key has no passphrase, or the one that is given. stop() it when done. */
export async function makeGnupgHome({
  passphrase = '',
  init = true,
}: {
  readonly passphrase?: string
  readonly init?: boolean
} = {}): Promise<GnupgHome> {
  // The agent's socket lies in it, whose path may have 107 bytes: not under a long TMPDIR.
  const home = mkdtempSync('/tmp/gnupg-')
  chmodSync(home, 0o700)
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GNUPGHOME: home,
    LC_ALL: 'C.UTF-8',
  }
  const run = async (program: string, ...args: readonly string[]) =>
    (await promisify(execFile)(program, args, { env: environment })).stdout
  writeFileSync(join(home, 'gpg-agent.conf'), 'allow-loopback-pinentry\n')
  const protection = passphrase === '' ? '%no-protection' : `Passphrase: ${passphrase}`
  writeFileSync(
    join(home, 'key'),
    `Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519\nName-Real: DBA\n${protection}\n%commit\n`,
  )
  await run('gpg', '--batch', '--pinentry-mode', 'loopback', '--gen-key', join(home, 'key'))
  if (passphrase !== '') await run('gpgconf', '--reload', 'gpg-agent')
  if (init) await run('pass', 'init', 'DBA')
  return {
    home,
    environment,
    run,
    stop: () => {
      execFileSync('gpgconf', ['--kill', 'all'], { env: environment })
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}
