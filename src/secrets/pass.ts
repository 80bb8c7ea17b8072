import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { accountOf, keychainService } from './entry.ts'
import { isPassInitialised, passFolder } from './pass-folder.ts'
import { passProblem } from './pass-problem.ts'
import { type ProgramEnd, runProgram } from './run-program.ts'
import type { SecretEntry, SecretStore } from './store.ts'

export interface PassOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until a call is killed; 60000 if not given. */
  readonly timeout?: number
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/**
 * pass, the standard Unix password manager (pass(1)): one file a secret, encrypted by gpg. The secret goes
 * through its stdin. gpg may ask nobody: a key that is locked is a problem with the command that unlocks it,
 * never a dialog over our screen.
 */
export function createPassStore(options: PassOptions): SecretStore {
  const folder = passFolder(options.environment, options.home)

  const pass = async (args: readonly string[], input = '', signal = options.signal): Promise<ProgramEnd> =>
    runProgram('pass', args, input, {
      environment: passEnvironment(options.environment),
      timeout: options.timeout ?? 60_000,
      signal,
    })
  const failure = async (end: ProgramEnd) =>
    new ProblemError(
      passProblem(end.ended === 'by-itself' && (await isLocked(end.stderr)) ? 'locked' : end, folder),
    )
  /** gpg says "No secret key" also of one that is here and may not be asked for. */
  const isLocked = async (said: string): Promise<boolean> => {
    if (!/No secret key/i.test(said)) return false
    const ids = (await readFile(join(folder, '.gpg-id'), 'utf8')).split('\n').map(withoutComment)
    for (const id of ids.filter(each => each !== '')) {
      const end = await runProgram('gpg', ['--batch', '--list-secret-keys', '--', id], '', {
        environment: passEnvironment(options.environment),
        timeout: options.timeout ?? 60_000,
      })
      if (end.ended === 'by-itself' && end.code === 0) return true
    }
    return false
  }
  const show = async (name: string, signal = options.signal): Promise<Secret | null> => {
    const end = await pass(['show', '--', name], '', signal)
    if (end.ended === 'by-itself' && end.code === 0) return secret(end.stdout.replace(/\n$/, ''))
    if (end.ended === 'by-itself' && /is not in the password store/.test(end.stderr)) return null
    throw await failure(end)
  }
  const insert = async (name: string, value: Secret, signal = options.signal) => {
    // pass shows the first line; what follows it would be something else.
    if (/[\n\0]/.test(reveal(value)) || reveal(value) === '') throw new ProblemError(notStorable)
    const end = await pass(['insert', '--multiline', '--force', '--', name], `${reveal(value)}\n`, signal)
    if (end.ended !== 'by-itself' || end.code !== 0) throw await failure(end)
    const found = await show(name, signal)
    if (found === null || reveal(found) !== reveal(value)) throw new ProblemError(lied(folder))
  }
  const remove = async (name: string): Promise<boolean> => {
    const end = await pass(['rm', '--force', '--', name])
    if (end.ended === 'by-itself' && end.code === 0) return true
    if (end.ended === 'by-itself' && /is not in the password store/.test(end.stderr)) return false
    throw await failure(end)
  }

  return {
    kind: 'pass',
    place: `the password store ${folder} (pass)`,
    async probe(signal) {
      const name = `${keychainService}/probe-${randomBytes(8).toString('hex')}`
      const both = AbortSignal.any([signal, options.signal].filter(each => each !== undefined))
      try {
        if (options.platform === 'win32') throw new ProblemError(notOnWindows)
        // pass would make its folder where there is none.
        if (!isPassInitialised(options.environment, options.home))
          throw new ProblemError(passProblem('not-initialised', folder))
        await insert(name, secret(randomBytes(24).toString('base64')), both)
        await remove(name)
        return { works: true }
      } catch (thrown) {
        await remove(name).catch(() => undefined)
        return { works: false, problem: problemOf(thrown) }
      }
    },
    save: (entry, value) => insert(passNameOf(entry), value),
    read: entry => show(passNameOf(entry)),
    has: entry => isThere(join(folder, `${passNameOf(entry)}.gpg`)),
    remove: entry => remove(passNameOf(entry)),
    howToRead: entry => {
      const elsewhere = options.environment['PASSWORD_STORE_DIR']
      const where = elsewhere ? `PASSWORD_STORE_DIR=${shellQuote(elsewhere)} ` : ''
      return `${where}pass show ${shellQuote(passNameOf(entry))}`
    },
  }
}

/**
 * The name in the store: the account's, in the folder `pg-usher`. A slash in a name would be a folder, and so
 * what is left of one is escaped; pass refuses `..` and an empty part.
 */
export function passNameOf(entry: SecretEntry): string {
  const account = accountOf({
    ...entry,
    user: entry.user.replaceAll('/', '\ue000'),
    databases: entry.databases.map(name =>
      name.replaceAll('/', '\ue000').replace(/^\.+/, dots => '\ue001'.repeat(dots.length)),
    ),
  })
    // What accountOf makes of the two signs above (UTF-8, percent-escaped).
    .replaceAll('%EE%80%80', '%2F')
    .replaceAll('%EE%80%81', '%2E')
  return `${keychainService}/${account}`
}

/** What pass, gpg and its agent need, and no more. GPG_TTY stays behind: gpg has no terminal here. */
const passedOn = [
  ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'GNUPGHOME'],
  ['PASSWORD_STORE_DIR', 'PASSWORD_STORE_KEY', 'PASSWORD_STORE_UMASK', 'PASSWORD_STORE_SIGNING_KEY'],
].flat()

function passEnvironment(from: PassOptions['environment']): Record<string, string> {
  // Messages in English: pass-problem.ts tells them apart.
  const environment: Record<string, string> = { LC_ALL: 'C.UTF-8' }
  for (const name of passedOn) {
    const value = from[name]
    if (value !== undefined && value !== '') environment[name] = value
  }
  environment['PASSWORD_STORE_GPG_OPTS'] =
    `${from['PASSWORD_STORE_GPG_OPTS'] ?? ''} --pinentry-mode error`.trim()
  return environment
}

/** As pass reads .gpg-id: what follows a # is a comment. */
function withoutComment(line: string): string {
  return line.replace(/#.*/, '').trim()
}

const notStorable: Problem = {
  code: 'secret-not-storable',
  message: 'pass cannot keep this secret: it is empty or has a line break or a NUL character in it.',
}

const notOnWindows: Problem = {
  code: 'pass-not-here',
  message: 'pass is a program of Unix systems.',
  next: 'Choose another place for the password.',
}

function lied(folder: string): Problem {
  return {
    code: 'pass-lied',
    message: `pass said that all went well, but reading it back from ${folder} gave something else.`,
    next: 'Do not rely on it. Choose another place for the password.',
  }
}
