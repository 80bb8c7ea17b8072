import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type AwsProfile, awsProfile, profileNameProblem, withAwsProfile } from '../model/aws-credentials.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, secret } from '../model/secret.ts'
import { powerShellQuote, shellQuote } from '../model/shell-quote.ts'
import { type EditOptions, editPrivateFile, readPrivateFile } from './private-file.ts'
import type { KeyPair, KeyPairStore, ProfileEntry } from './store.ts'

/**
 * The credentials file that the AWS CLI and all SDKs read, for access keys: one profile a key, the file for its
 * owner alone (0600). A profile that has another key is left alone, unless the entry says that it is replaced.
 */
export function createAwsCredentialsStore(
  options: Pick<EditOptions, 'patience'> & {
    readonly path: string
    readonly platform: NodeJS.Platform
    /** Whether the tools of AWS look there by themselves. */
    readonly isDefault: boolean
  },
): KeyPairStore {
  const path = resolve(options.path)
  const { patience } = options

  const edit = (entry: ProfileEntry, pair: KeyPair | null, rehearse = false) =>
    editPrivateFile(
      path,
      contents => {
        const lines = linesOf(contents)
        const found = awsProfile(lines, entry.profile)
        if (pair !== null) checkFree(found, entry, pair, path)
        const profile: AwsProfile | null = pair === null ? null : { id: pair.id, secret: reveal(pair.secret) }
        return fileOf(withAwsProfile(lines, entry.profile, profile))
      },
      { makeFolder: true, rehearse, ...(patience === undefined ? {} : { patience }) },
    )
  const read = async ({ profile }: ProfileEntry): Promise<KeyPair | null> => {
    const found = awsProfile(linesOf((await readIfThere(path)) ?? Buffer.alloc(0)), profile)
    return found === null ? null : { id: found.id, secret: secret(found.secret) }
  }

  return {
    kind: 'aws-credentials',
    place: path,
    async probe(signal, entry) {
      if (signal?.aborted)
        return { works: false, problem: { code: 'cancelled', message: `${path} was not tried.` } }
      try {
        const canary = { id: 'AKIAPGUSHERPROBE0000', secret: secret(randomBytes(30).toString('base64')) }
        await edit(entry ?? { profile: `pg-usher-probe-${randomBytes(8).toString('hex')}` }, canary, true)
        return { works: true }
      } catch (thrown) {
        return { works: false, problem: problemOf(thrown) }
      }
    },
    async save(entry, pair) {
      const bad = profileNameProblem(entry.profile)
      if (bad !== null) throw new ProblemError(bad)
      await edit(entry, pair)
      const found = await read(entry)
      if (found?.id === pair.id && reveal(found.secret) === reveal(pair.secret)) return
      throw new ProblemError(lied(path))
    },
    read,
    has: async entry => (await read(entry)) !== null,
    async remove(entry) {
      return (await readIfThere(path)) === null ? false : edit(entry, null)
    },
    howToRead: ({ profile }) => {
      const windows = options.platform === 'win32'
      const quote = windows ? powerShellQuote : shellQuote
      const where = options.isDefault
        ? ''
        : windows
          ? `$env:AWS_SHARED_CREDENTIALS_FILE = ${quote(path)}; `
          : `AWS_SHARED_CREDENTIALS_FILE=${quote(path)} `
      return `${where}aws configure get aws_secret_access_key --profile ${quote(profile)}`
    },
  }
}

function checkFree(found: AwsProfile | null, entry: ProfileEntry, pair: KeyPair, path: string): void {
  if (found === null || found.id === pair.id || found.id === entry.replaces) return
  throw new ProblemError({
    code: 'aws-profile-taken',
    message: `${path} has a profile ${entry.profile} already, with another access key (${found.id}).`,
    next: 'Choose another name for the profile.',
  })
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readPrivateFile(path)
  } catch (thrown) {
    if (problemOf(thrown).code === 'file-no-folder') return null
    throw thrown
  }
}

/** One character a byte, so that a file of whatever encoding comes back as it was. */
function linesOf(contents: Buffer): readonly string[] {
  const text = contents.toString('latin1')
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function fileOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`, 'latin1')
}

function lied(path: string): Problem {
  return {
    code: 'aws-credentials-lied',
    message: `${path} was written, but reading it back gave something else.`,
    next: 'Another program may be writing it, too: look, then try again.',
  }
}
