import { createHash } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { SecretAnswer } from '../model/answers.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import { redactedJson } from '../model/redact.ts'
import { secretAnswerSchema } from '../model/secret-answer-schema.ts'
import { accountOf } from './entry.ts'
import type { SecretEntry } from './store.ts'

/** What is stored where; never a secret. */
export interface IndexedSecret {
  /** As {@link accountOf} names it. */
  readonly account: string
  readonly entry: SecretEntry
  readonly answer: SecretAnswer
  /** ISO 8601, UTC: when it was stored last. */
  readonly at: string
}

const entrySchema = z.object({
  version: z.literal(1),
  entry: z.object({
    user: z.string(),
    host: z.string(),
    port: z.int(),
    databases: z.array(z.string()),
    generation: z.enum(['next', 'previous']).optional(),
  }),
  answer: secretAnswerSchema,
  at: z.string(),
})

/**
 * Notes a secret: a file of its own for each, so that two of us at once never wait for each other.
 * @throws ProblemError `index-not-written`
 */
export async function noteSecret(
  stateFolder: string,
  entry: SecretEntry,
  answer: SecretAnswer,
  at: Date = new Date(),
): Promise<void> {
  const folder = indexFolder(stateFolder)
  const path = join(folder, fileOf(entry, answer))
  const document = { version: 1, account: accountOf(entry), entry, answer, at: at.toISOString() }
  const unfinished = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    const handle = await open(unfinished, 'wx', 0o600)
    try {
      await handle.writeFile(`${redactedJson(document, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, path)
  } catch (thrown) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new ProblemError(
      {
        code: 'index-not-written',
        message: `Where the secret is could not be noted in ${folder}: ${problemOf(thrown).message}`,
        next: 'Make room there, or make it writable, or set XDG_STATE_HOME to another folder.',
      },
      { cause: thrown },
    )
  }
}

/** Takes a secret out of the index; one that is not in it is no fault. */
export async function forgetSecret(
  stateFolder: string,
  entry: SecretEntry,
  answer: SecretAnswer,
): Promise<void> {
  await rm(join(indexFolder(stateFolder), fileOf(entry, answer)), { force: true })
}

/** All that was noted, by account; what is no whole note is passed over. */
export async function indexedSecrets(stateFolder: string): Promise<readonly IndexedSecret[]> {
  const folder = indexFolder(stateFolder)
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.filter(name => name.endsWith('.json')).map(name => readNote(join(folder, name))),
  )
  return found
    .filter(note => note !== null)
    .toSorted((a, b) => (a.account < b.account ? -1 : a.account > b.account ? 1 : 0))
}

async function readNote(path: string): Promise<IndexedSecret | null> {
  try {
    const { entry, answer, at } = entrySchema.parse(JSON.parse(await readFile(path, 'utf8')))
    return { account: accountOf(entry), entry, answer, at }
  } catch {
    return null
  }
}

function indexFolder(stateFolder: string): string {
  return join(stateFolder, 'secrets')
}

/** One for each account and place: a password may be in two while it is moved. */
function fileOf(entry: SecretEntry, answer: SecretAnswer): string {
  const where = answer.store === 'passfile' ? answer.path : answer.store === 'age' ? answer.folder : ''
  const key = JSON.stringify([accountOf(entry), [...entry.databases].sort(), answer.store, where])
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`
}
