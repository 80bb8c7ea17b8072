import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import {
  formatPassfileLine,
  isPassfileLineOf,
  matchesPassfileLine,
  type PassfileLine,
  type PassfileTarget,
  parsePassfileLine,
} from '../model/passfile.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import { filesMadeNow } from './made-files.ts'
import { passfileCommand, serviceCommand } from './passfile-command.ts'
import { type EditOptions, editPrivateFile, readPrivateFile } from './private-file.ts'
import { editService, type ServicePlace } from './service-file.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/**
 * A libpq password file, where psql and every libpq program find the password by themselves: one line a
 * database, above whatever line would match before it. All other lines stay byte for byte.
 */
export function createPassfileStore(
  given: Pick<EditOptions, 'patience' | 'made'> & {
    readonly path: string
    readonly platform: NodeJS.Platform
    /** A stanza that makes `psql service=NAME` work; `isDefault` where psql looks into that file by itself. */
    readonly service?: Pick<ServicePlace, 'file' | 'name' | 'isDefault'> | undefined
  },
): SecretStore {
  const options = { ...given, made: given.made ?? filesMadeNow() }
  const path = resolve(options.path)
  const service =
    options.service === undefined
      ? null
      : { ...options.service, passfile: path, file: resolve(options.service.file) }

  const edit = (change: (lines: readonly string[]) => readonly string[], rehearse = false) =>
    editPrivateFile(path, contents => fileOf(change(linesOf(contents))), { ...options, rehearse })

  const lines = async () => linesOf((await readPrivateFile(path)) ?? Buffer.alloc(0))

  const read = async (entry: SecretEntry): Promise<Secret | null> => {
    // Only its own line: what a wildcard gives is another secret.
    const [target] = targetsOf(entry)
    return target === undefined ? null : passwordIn(await lines(), line => isPassfileLineOf(line, target))
  }

  return {
    kind: 'passfile',
    place: path,
    async probe(signal, entry) {
      if (signal?.aborted) {
        return { works: false, problem: { code: 'cancelled', message: 'The passfile was not tried.' } }
      }
      try {
        const canary = { user: 'pg-usher', host: 'probe.invalid', port: 5432, databases: ['probe'] }
        const value = secret(randomBytes(24).toString('base64url'))
        await edit(old => withEntry(old, canary, value), true)
        if (service !== null)
          await editService(service, entry ?? canary, 'write', { ...options, rehearse: true })
        return { works: true }
      } catch (error) {
        return { works: false, problem: problemOf(error) }
      }
    },
    async save(entry, value) {
      await edit(old => withEntry(old, entry, value))
      // As libpq will look for it: the first line that matches.
      const saved = await lines()
      const found = targetsOf(entry).map(target =>
        passwordIn(saved, line => matchesPassfileLine(line, target)),
      )
      if (found.length === 0 || !found.every(each => each !== null && reveal(each) === reveal(value)))
        throw new ProblemError({
          code: 'passfile-lied',
          message: `${path} was written, but reading it back gave something else.`,
          next: 'Another program may be writing it, too: look, then try again.',
        })
      if (service !== null && entry.generation === undefined)
        await editService(service, entry, 'write', options)
    },
    read,
    has: async entry => (await read(entry)) !== null,
    async remove(entry) {
      const removed = await edit(old =>
        old.filter(line => !targetsOf(entry).some(target => isLineOf(line, target))),
      )
      if (service !== null && entry.generation === undefined)
        await editService(service, entry, 'remove', options)
      return removed
    },
    howToRead: entry => {
      if (entry.generation !== undefined) return `${path}, in the line of "${userOf(entry)}"`
      if (service !== null) return serviceCommand(service, options.platform)
      return passfileCommand(path, entry, options.platform)
    },
  }
}

/**
 * Lines with an entry in them: in place of lines for exactly the same, and above the first that would match
 * it before, because libpq takes the first that matches.
 * @throws ProblemError where a line cannot hold a name
 */
function withEntry(lines: readonly string[], entry: SecretEntry, value: Secret): readonly string[] {
  let edited = lines
  for (const target of targetsOf(entry)) {
    const line = lineFor(target, value)
    const others = edited.filter(each => !isLineOf(each, target))
    // Everything above the first match does not match, and so is not the same line either.
    const first = edited.findIndex(each => isMatch(each, target))
    edited = first === -1 ? [...ended(others), line] : others.toSpliced(first, 0, line)
  }
  return edited
}

function lineFor(target: PassfileTarget, value: Secret): string {
  const { host, port, database, user } = target
  try {
    const password = secret(bytesOf(reveal(value)))
    return `${formatPassfileLine({ host, port: String(port), database, user, password })}\n`
  } catch (error) {
    throw new ProblemError(
      {
        code: 'passfile-cannot-hold',
        message: 'A password file cannot hold this: there is a line break in a name or in the password.',
        next: 'Choose the keychain, or let it be shown once.',
      },
      { cause: error },
    )
  }
}

function passwordIn(lines: readonly string[], wanted: (line: PassfileLine) => boolean): Secret | null {
  const line = lines.map(parsePassfileLine).find(each => each !== null && wanted(each))
  if (line === undefined || line === null) return null
  return secret(Buffer.from(reveal(line.password), 'latin1').toString('utf8'))
}

function isMatch(text: string, target: PassfileTarget): boolean {
  const line = parsePassfileLine(text)
  return line !== null && matchesPassfileLine(line, target)
}

function isLineOf(text: string, target: PassfileTarget): boolean {
  const line = parsePassfileLine(text)
  return line !== null && isPassfileLineOf(line, target)
}

/** Only one line can be for a user: another generation's is for a name that no program asks for. */
function userOf({ user, generation }: SecretEntry): string {
  return generation === undefined ? user : `${user} (${generation}, pg-usher)`
}

/** In the file's own bytes, as its lines are. */
function targetsOf(entry: SecretEntry): readonly PassfileTarget[] {
  const { port } = entry
  const [host, user] = [bytesOf(entry.host), bytesOf(userOf(entry))]
  return entry.databases.map(database => ({ host, port, database: bytesOf(database), user }))
}

/**
 * A file is bytes in no certain encoding, and libpq compares bytes: one character a byte here (latin1), so
 * that all of it survives. What has a meaning in a line is ASCII.
 */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Each with its line break, where it has one. */
function linesOf(contents: Buffer): readonly string[] {
  return contents.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function fileOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(''), 'latin1')
}

function ended(lines: readonly string[]): readonly string[] {
  const last = lines.at(-1)
  return last === undefined || last.endsWith('\n') ? lines : [...lines.slice(0, -1), `${last}\n`]
}
