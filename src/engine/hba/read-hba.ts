import { createHash } from 'node:crypto'
import type { Answers } from '../../model/answers.ts'
import type { HbaAtHand, HbaQuestion, HbaReading } from '../../model/hba/at-hand.ts'
import { decodeContents } from '../../model/hba/contents.ts'
import { regexKey, unreadRegexes } from '../../model/hba/decide.ts'
import type { HbaFile, HbaFiles, HbaFolder } from '../../model/hba/files.ts'
import { parseHba, rulesOf } from '../../model/hba/parse.ts'
import type { HbaServer } from '../../model/hba/server.ts'
import { type Problem, problemOf } from '../../model/problem.ts'
import type { Provider, ServerFacts } from '../../model/server-facts.ts'
import { hbaQuestion } from '../../plan/network-plan.ts'
import {
  hbaFileRows,
  hbaSettings,
  matchesRegex,
  mayReadHba,
  membershipsOf,
  serverFile,
  serverFolder,
} from '../../postgres/hba-queries.ts'
import { readListening } from '../../postgres/listen-queries.ts'
import type { Session } from '../../postgres/session.ts'

/**
 * Reads pg_hba.conf and what it includes through the session.
 * @throws ProblemError where this administrator may not: it takes a superuser, or pg_read_server_files
 */
export async function readHba(session: Session, question: HbaQuestion): Promise<HbaAtHand> {
  const settings = await hbaSettings(session)
  const { path, versionNumber, ssl, oauthValidators } = settings
  const bytes = await serverFile(session, path)
  const contents = decodeContents(bytes ?? new Uint8Array())
  const server = { versionNumber, ssl, missing: await missingMethods(session), oauthValidators }
  const first: HbaFile = bytes === null ? { found: 'missing' } : { found: 'text', text: contents.text }
  const files = await filesFor(session, path, first, server)
  const rules = rulesOf(parseHba(path, files, server))
  const listening = await readListening(session)
  const roles = [question.login, ...(question.group === null ? [] : [question.group])]
  const regexes = new Map<string, boolean>()
  for (const database of question.databases) {
    for (const asked of unreadRegexes(rules, { database, user: question.login })) {
      regexes.set(regexKey(asked.pattern, asked.name), await matchesRegex(session, asked))
    }
  }
  return {
    path,
    contents,
    hash: hashOf(bytes ?? new Uint8Array()),
    files,
    server,
    surroundings: { interfaces: listening?.interfaces ?? null, regexes },
    memberOf: new Set([...roles, ...(await membershipsOf(session, roles))]),
    clientAddress: settings.clientAddress,
    listening,
  }
}

/**
 * The same for a plan: why it could not be read is a value. On a managed service there is no such file to change.
 */
export async function tryReadHba(
  session: Session,
  provider: Provider,
  question: HbaQuestion,
): Promise<HbaReading> {
  if (provider !== 'self-run') {
    return {
      read: false,
      problem: {
        code: 'hba-managed',
        message: 'The provider keeps pg_hba.conf: who comes in is said in its own console.',
      },
    }
  }
  try {
    if (!(await mayReadHba(session))) return { read: false, problem: unreadable('it takes a superuser') }
    return { read: true, hba: await readHba(session, question) }
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.sqlstate === undefined) throw thrown
    return { read: false, problem: unreadable(problem.message) }
  }
}

function unreadable(why: string): Problem {
  return {
    code: 'hba-unreadable',
    message: `pg_hba.conf cannot be read by this administrator (${why}), so who decides today is not known here.`,
    next: 'A superuser can, or a member of pg_read_all_settings and pg_read_server_files with EXECUTE on pg_hba_file_rules and the functions that read files.',
  }
}

/** pg_hba.conf for a plan of these answers; null while the addresses are not known. @throws ProblemError */
export async function hbaForPlan(
  answers: Pick<Answers, 'network' | 'roles' | 'databases'>,
  session: Session,
  { provider }: Pick<ServerFacts, 'provider'>,
): Promise<HbaReading | null> {
  if (answers.network.from === 'not-known-yet') return null
  return tryReadHba(session, provider, hbaQuestion(answers))
}

/** By which a change of the file is noticed. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads file after file, as each names the next. */
async function filesFor(
  session: Session,
  path: string,
  first: HbaFile,
  server: HbaServer,
): Promise<HbaFiles> {
  const texts = new Map<string, HbaFile>([[path, first]])
  const folders = new Map<string, HbaFolder>()
  const files: HbaFiles = {
    file: asked => texts.get(asked) ?? { found: 'unread' },
    folder: asked => folders.get(asked) ?? { found: 'unread' },
  }
  for (;;) {
    const { unread } = parseHba(path, files, server)
    if (unread.length === 0) return files
    for (const { kind, path: asked } of unread) {
      if (kind === 'file') texts.set(asked, await fileOf(session, asked))
      else folders.set(asked, await folderOf(session, asked))
    }
  }
}

async function fileOf(session: Session, path: string): Promise<HbaFile> {
  try {
    const bytes = await serverFile(session, path)
    return bytes === null ? { found: 'missing' } : { found: 'text', text: decodeContents(bytes).text }
  } catch (thrown) {
    return { found: 'unreadable', why: problemOf(thrown).message }
  }
}

async function folderOf(session: Session, path: string): Promise<HbaFolder> {
  try {
    const names = await serverFolder(session, path)
    return names === null ? { found: 'missing' } : { found: 'names', names }
  } catch (thrown) {
    return { found: 'unreadable', why: problemOf(thrown).message }
  }
}

/** Methods that the server has said it was built without; no system but theirs has sspi and bsd. */
async function missingMethods(session: Session): Promise<ReadonlySet<string>> {
  const rows = await hbaFileRows(session)
  const said = rows.flatMap(({ error }) => {
    const [, method] =
      /^invalid authentication method "(\w+)": not supported by this build/.exec(error ?? '') ?? []
    if (method !== undefined) return [method]
    return /^hostgssenc record cannot match because GSSAPI is not supported/.test(error ?? '') ? ['gss'] : []
  })
  return new Set(['sspi', 'bsd', ...said])
}
