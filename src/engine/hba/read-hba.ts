import { createHash } from 'node:crypto'
import type { Answers } from '../../model/answers.ts'
import type { HbaAtHand, HbaQuestion, HbaReading } from '../../model/hba/at-hand.ts'
import { hasRules, isOursAlone } from '../../model/hba/block.ts'
import { decodeContents } from '../../model/hba/contents.ts'
import { regexKey, unreadRegexes } from '../../model/hba/decide.ts'
import { configLocation, type HbaFile, type HbaFiles, type HbaFolder } from '../../model/hba/files.ts'
import { ownFileName } from '../../model/hba/own-file.ts'
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
import { wayBy } from './hba-file.ts'

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
  const texts = new Map<string, HbaFile>([[path, first]])
  const files = await filesFor(session, path, texts, server)
  if (versionNumber >= includesSince) await addOwnFile(session, path, question.login, texts)
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
    hash: hashOf(bytes, texts),
    by: await wayBy(path, bytes),
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

/** By which a change of any file is noticed: the first one byte for byte. */
function hashOf(bytes: Uint8Array | null, texts: ReadonlyMap<string, HbaFile>): string {
  const hash = createHash('sha256').update(bytes ?? '')
  const [, ...others] = texts
  return hash.update(JSON.stringify(others)).digest('hex')
}

const includesSince = 160000

/** A file of our own for this login may be there without being included, or be somebody else's. */
async function addOwnFile(
  session: Session,
  path: string,
  login: string,
  texts: Map<string, HbaFile>,
): Promise<void> {
  const ownPath = configLocation(ownFileName(login), path)
  if (texts.has(ownPath)) return
  const file = await fileOf(session, ownPath)
  // What an undo through SQL could only leave is as good as nothing.
  const isRetired = file.found === 'text' && isOursAlone(file.text, login) && !hasRules(file.text.split('\n'))
  texts.set(ownPath, isRetired ? { found: 'missing' } : file)
}

/** Reads file after file, as each names the next. */
async function filesFor(
  session: Session,
  path: string,
  texts: Map<string, HbaFile>,
  server: HbaServer,
): Promise<HbaFiles> {
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
