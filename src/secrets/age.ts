import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import { shellQuote } from '../model/shell-quote.ts'
import {
  type DecryptWith,
  decryptAge,
  type EncryptWith,
  encryptAge,
  identitiesIn,
  newIdentity,
} from './age-format.ts'
import { accountOf } from './entry.ts'
import { editPrivateFile, readPrivateFile, removePrivateFile } from './private-file.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/** Asks for the passphrase; `twice` where it is a new one, so that a slip of the finger shows. null: none given. */
export type AskPassphrase = (how: { readonly twice: boolean }) => Promise<Secret | null>

export interface AgeOptions {
  readonly folder: string
  readonly recipient?: string | undefined
  readonly identity?: string | undefined
  /** Left out where nobody can be asked. Asked once for the life of the store. */
  readonly askPassphrase?: AskPassphrase | undefined
  /** Milliseconds to wait for another of us; 5000 if not given. */
  readonly patience?: number
}

/**
 * Files that age encrypts (age-encryption.org/v1, armoured), one a secret, in a folder of their own: with a
 * passphrase, or for a recipient. For a recipient whose identity is not here what was written cannot be
 * decrypted again: then the canary is encrypted for a throw-away identity too and read back with that, what is
 * saved is compared on the disk, and what this process has saved it still knows.
 */
export function createAgeStore(options: AgeOptions): SecretStore {
  const folder = resolve(options.folder)
  const { recipient } = options
  const identityFile = options.identity === undefined ? null : resolve(options.identity)
  const fileOptions = {
    makeFolder: true,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
  }
  const known = new Map<string, Secret>()
  let asked: Secret | undefined

  const passphrase = async (twice: boolean): Promise<Secret> => {
    if (asked !== undefined) return asked
    if (options.askPassphrase === undefined) throw new ProblemError(nobodyToAsk)
    const given = await options.askPassphrase({ twice })
    if (given === null) throw new ProblemError(noPassphrase)
    asked = given
    return given
  }
  const identities = async (): Promise<readonly Secret[] | null> => {
    if (identityFile === null) return null
    const contents = await readPrivateFile(identityFile)
    if (contents === null) throw new ProblemError(noIdentity(identityFile))
    return identitiesIn(contents.toString('utf8'), identityFile)
  }
  const decrypt = async (file: string, contents: Buffer): Promise<Secret> => {
    if (recipient === undefined) return decryptAge(contents, { passphrase: await passphrase(false) }, file)
    const own = await identities()
    if (own === null) throw new ProblemError(onlyItsOwner(file))
    return decryptAge(contents, { identities: own }, file)
  }
  const write = async (file: string, contents: Buffer) => {
    await editPrivateFile(file, () => contents, fileOptions)
    const written = await readPrivateFile(file)
    if (written === null || !written.equals(contents)) throw new ProblemError(lied(file))
    return written
  }

  const canaryKeys = async (): Promise<{ encryptWith: EncryptWith; decryptWith: DecryptWith }> => {
    if (recipient === undefined) {
      const both = { passphrase: await passphrase(true) }
      return { encryptWith: both, decryptWith: both }
    }
    const throwAway = await newIdentity()
    return {
      encryptWith: { recipients: [recipient, throwAway.recipient] },
      decryptWith: { identities: (await identities()) ?? [throwAway.identity] },
    }
  }

  return {
    kind: 'age',
    place: `${folder} (age)`,
    async probe() {
      const file = join(folder, `probe-${randomBytes(8).toString('hex')}.age`)
      const canary = secret(randomBytes(24).toString('base64'))
      try {
        const { encryptWith, decryptWith } = await canaryKeys()
        const contents = await write(file, await encryptAge(canary, encryptWith, 'canary'))
        const found = await decryptAge(contents, decryptWith, file)
        await removePrivateFile(file)
        if (reveal(found) !== reveal(canary)) throw new ProblemError(lied(file))
        return { works: true }
      } catch (thrown) {
        await removePrivateFile(file).catch(() => undefined)
        return { works: false, problem: problemOf(thrown) }
      }
    },
    async save(entry, value) {
      const file = join(folder, ageFileOf(entry))
      const keys =
        recipient === undefined ? { passphrase: await passphrase(true) } : { recipients: [recipient] }
      const contents = await write(file, await encryptAge(value, keys, 'secret'))
      if (recipient === undefined || identityFile !== null) {
        if (reveal(await decrypt(file, contents)) !== reveal(value)) throw new ProblemError(lied(file))
      } else known.set(file, value)
    },
    async read(entry) {
      const file = join(folder, ageFileOf(entry))
      const contents = await readIfThere(file)
      if (contents === null) return null
      return known.get(file) ?? (await decrypt(file, contents))
    },
    has: async entry => (await readIfThere(join(folder, ageFileOf(entry)))) !== null,
    async remove(entry) {
      const file = join(folder, ageFileOf(entry))
      known.delete(file)
      return (await readIfThere(file)) === null ? false : removePrivateFile(file)
    },
    howToRead: entry => {
      const file = shellQuote(join(folder, ageFileOf(entry)))
      if (recipient === undefined) return `age -d ${file}`
      return `age -d -i ${identityFile === null ? `IDENTITY-OF-${recipient.slice(0, 12)}` : shellQuote(identityFile)} ${file}`
    },
  }
}

/** The account's name as a file's: letters that some file system refuses are escaped, and a comma separates. */
export function ageFileOf(entry: SecretEntry): string {
  const account = accountOf({ ...entry, user: safe(entry.user), databases: entry.databases.map(safe) })
  return `${account.replaceAll(/[:/]/g, ',').replaceAll(/[^A-Za-z0-9_.,@%#+=~-]/g, percent)}.age`

  function safe(name: string): string {
    return name.replaceAll(/[,:/]/g, character => String.fromCharCode(0xe000 + character.charCodeAt(0)))
  }
  function percent(character: string): string {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  }
}

/** A folder that is not there yet has nothing in it. */
async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readPrivateFile(file)
  } catch (thrown) {
    if (problemOf(thrown).code === 'file-no-folder') return null
    throw thrown
  }
}

const nobodyToAsk: Problem = {
  code: 'age-no-passphrase',
  message: 'The age file wants a passphrase, and there is no terminal to ask for it on.',
  next: 'Run this in a terminal, or name a recipient (age1...) in the answers: secret.recipient.',
  path: 'secret.recipient',
}

const noPassphrase: Problem = {
  code: 'age-no-passphrase',
  message: 'Without a passphrase or a recipient there is nothing to encrypt with.',
  next: 'Choose a passphrase, or another place for the password.',
}

function onlyItsOwner(file: string): Problem {
  return {
    code: 'age-not-readable-here',
    message: `${file} is there, and only who has the private key of its recipient can read it.`,
    next: `Name the file with that key in the answers (secret.identity), or move this one away: \`mv ${shellQuote(file)} ${shellQuote(`${file}.old`)}\`.`,
    path: 'secret.identity',
  }
}

function noIdentity(file: string): Problem {
  return {
    code: 'age-no-identity',
    message: `The identity file ${file} does not exist.`,
    next: '`age-keygen` makes one; without it only the recipient can read the files.',
    path: 'secret.identity',
  }
}

function lied(file: string): Problem {
  return {
    code: 'age-lied',
    message: `${file} was written, but reading it back gave something else.`,
    next: 'Do not rely on this disk. Choose another place for the password.',
  }
}
