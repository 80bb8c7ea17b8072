import { join } from 'node:path'
import type { Problem } from '../model/problem.ts'
import { shellQuote } from '../model/shell-quote.ts'
import type { ProgramEnd } from './run-program.ts'

const elsewhere = 'Or choose another place for the password.'

/** The key of the store, decrypted with once: gpg-agent asks for its passphrase here and keeps it for a while. */
function unlock(folder: string): string {
  const key = `"$(head -n 1 ${shellQuote(join(folder, '.gpg-id'))})"`
  return `export GPG_TTY=$(tty); echo | gpg -q --trust-model always -e -r ${key} | gpg -q -d`
}

/** The problem that a failed call of pass stands for, with what would make it work. Messages of pass 1.7, gpg 2.2. */
export function passProblem(end: ProgramEnd | 'not-initialised' | 'locked', folder: string): Problem {
  if (end === 'not-initialised')
    return {
      code: 'pass-not-initialised',
      message: `There is no password store: ${join(folder, '.gpg-id')} does not exist.`,
      next: `With a key of your own (\`gpg --list-secret-keys\`): \`pass init KEY\`. ${elsewhere}`,
    }
  if (end === 'locked')
    return {
      code: 'pass-locked',
      message: 'The key of the password store is locked, and gpg may not ask over this screen.',
      next: `Unlock it in a shell, then try again: \`${unlock(folder)}\`. ${elsewhere}`,
    }
  switch (end.ended) {
    case 'not-found':
      return {
        code: 'pass-not-installed',
        message: 'The program pass is not installed.',
        next: `\`apt install pass\`, \`dnf install pass\`, \`brew install pass\`. ${elsewhere}`,
      }
    case 'not-started':
      return { code: 'pass-failed', message: `pass could not be started: ${end.why}`, next: elsewhere }
    case 'killed':
      return {
        code: 'pass-failed',
        message: `pass was ended by ${end.by}.`,
        next: `Try again. ${elsewhere}`,
      }
    case 'timed-out':
      return {
        code: 'pass-timeout',
        message: `pass did not answer within ${end.seconds} seconds.`,
        next: `gpg may wait for a card or a lock: see what \`pass ls\` says. ${elsewhere}`,
      }
    case 'cancelled':
      return { code: 'cancelled', message: 'Waiting for pass was given up.' }
    case 'by-itself':
      return said(end.stderr, folder)
  }
}

function said(text: string, folder: string): Problem {
  if (/No secret key/i.test(text))
    return {
      code: 'pass-no-private-key',
      message:
        'The private key of the password store is not on this computer: what is stored could not be read back.',
      next: `Import it (\`gpg --import\`), or plug its card in. ${elsewhere}`,
    }
  if (/There is no assurance|Unusable public key/i.test(text))
    return {
      code: 'pass-key-untrusted',
      message: 'gpg does not trust the key of the password store, or it has expired.',
      next: `If it is yours: \`gpg --edit-key "$(head -n 1 ${shellQuote(join(folder, '.gpg-id'))})" trust\`. ${elsewhere}`,
    }
  if (/No public key|skipped: No name|encryption failed: No name/i.test(text))
    return {
      code: 'pass-no-key',
      message: `gpg does not know the key that ${join(folder, '.gpg-id')} names.`,
      next: `Import it (\`gpg --import\`), or name another: \`pass init KEY\`. ${elsewhere}`,
    }
  if (/No space left|Disk quota exceeded/i.test(text))
    return {
      code: 'pass-disk-full',
      message: `There is no room in ${folder}.`,
      next: `Make room (\`df -h ${shellQuote(folder)}\`). ${elsewhere}`,
    }
  if (/Permission denied|Read-only file system|unsafe permissions/i.test(text))
    return {
      code: 'pass-not-writable',
      message: `${folder} or gpg's own folder may not be written here: ${firstLine(text)}`,
      next: `See \`ls -ld ${shellQuote(folder)} "\${GNUPGHOME:-$HOME/.gnupg}"\`. ${elsewhere}`,
    }
  return { code: 'pass-failed', message: `pass refused: ${firstLine(text)}`, next: elsewhere }
}

function firstLine(text: string): string {
  return text.split('\n').find(line => line.trim() !== '') ?? 'it said nothing'
}
