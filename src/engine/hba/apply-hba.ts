import { isWithin, numericAddress } from '../../model/hba/address.ts'
import { includedBy } from '../../model/hba/block.ts'
import type { HbaChange, HbaDone, HbaFormer } from '../../model/hba/change.ts'
import { decodeContents, encodeContents } from '../../model/hba/contents.ts'
import { decide, type HbaVerdict } from '../../model/hba/decide.ts'
import { configLocation } from '../../model/hba/files.ts'
import { parseHba, rulesOf } from '../../model/hba/parse.ts'
import { letsIn, placeHba, replaced } from '../../model/hba/place.ts'
import { ruleText, verdictText } from '../../model/hba/verdict-text.ts'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import type { Plan } from '../../plan/plan.ts'
import { hbaSettings, serverFile } from '../../postgres/hba-queries.ts'
import type { OpenSession, Session } from '../../postgres/session.ts'
import type { Door } from '../apply-request.ts'
import type { Journal, LeftJournal } from '../journal.ts'
import { withSession } from '../with-session.ts'
import { hbaFileWay } from './hba-file.ts'
import { readHba } from './read-hba.ts'
import { undoHbaLines } from './undo-hba.ts'
import { type HbaEdit, type HbaWritten, type OwnFileEdit, retiredText, writeHba } from './write-hba.ts'

/** What it takes to change the door. */
export interface DoorWork {
  readonly open: OpenSession
  readonly journal: Journal
  /** Tries the login with a wrong password from here. */
  readonly knock: (database: string) => Promise<Door>
  /** Told what has to be taken back should anything fail from now on; null where the file is as it was. */
  readonly onDoor: (done: HbaDone | null) => void
}

/** A door that is open now. */
export interface OpenedDoor {
  /** How that is known, for the receipt. */
  readonly note: string
  /** Whether we come from an address that was let in. */
  readonly isForUs: boolean
  /** Whether our lines ask for TLS, which the administrator's own connection does not have. */
  readonly needsTls: boolean
  /** What the knock at each database has shown since. */
  readonly doors: ReadonlyMap<string, Door>
}

/**
 * Makes the plan's change of pg_hba.conf, and shows its effect by knocking. A run that is gone on with takes back
 * what it had begun, so that all of it is done and looked at.
 * @param begun what such a run has done or begun; else null
 * @throws ProblemError; the file is as it was then, or the problem says where the old one is
 */
export async function applyHba(
  plan: Plan,
  change: HbaChange,
  begun: HbaDone | null,
  work: DoorWork,
): Promise<OpenedDoor> {
  if (begun !== null) await takeBackBegun(plan, begun, work)
  const { open, journal, knock, onDoor } = work
  const { database } = plan.server
  const { edit, former, judge, isForUs, needsTls } = await withSession(open, { database }, session =>
    editFor(session, plan, change),
  )
  const ownPath = change.ownFile === null ? null : configLocation(change.ownFile, change.path)
  let writing: HbaDone | null = null
  const doors = new Map<string, Door>()
  const notCompared = new Set<string>()
  const written = await writeHba(edit, {
    open,
    database,
    tryEffect: async () => {
      for (const each of change.wanted.databases) {
        const door = await knock(each)
        doors.set(each, door)
        const effect = effectOf(door, judge(each))
        if (effect.is === 'otherwise') return effect.problem
        if (effect.is === 'not-compared') notCompared.add(effect.because)
      }
      return null
    },
    onBackup: backup => {
      const { path, lines } = change
      writing = { path, ownPath, login: edit.login, lines, backup, ...(former === null ? {} : { former }) }
      journal.write({ entry: 'hba', state: 'writing', done: writing })
      onDoor(writing)
    },
  }).catch(thrown => {
    if (problemOf(thrown).code !== 'hba-not-restored' && writing !== null) {
      journal.note({ entry: 'hba', state: 'undone', done: writing })
      onDoor(null)
    }
    throw thrown
  })
  if (writing !== null) journal.write({ entry: 'hba', state: 'written', done: writing })
  const note = doorNote(change, { ...written, notCompared: [...notCompared] })
  return { note, isForUs, needsTls, doors }
}

/** @throws ProblemError where it cannot be taken back */
async function takeBackBegun(plan: Plan, begun: HbaDone, { open, journal, onDoor }: DoorWork): Promise<void> {
  const { left } = await undoHba(begun, { open, journal, database: plan.server.database })
  const [first] = left
  if (first !== undefined) {
    throw new ProblemError({
      code: 'hba-not-restored',
      message: `The run that was broken off has left what has to be taken back first: ${first}`,
    })
  }
  onDoor(null)
}

interface ReadyEdit {
  readonly edit: HbaEdit
  readonly former: HbaFormer | null
  /** Who decides about a connection from here, with TLS and without, once our lines are there. */
  readonly judge: (database: string) => readonly HbaVerdict[]
  readonly isForUs: boolean
  readonly needsTls: boolean
}

/** @throws ProblemError where the files are not those that the plan was made from */
async function editFor(session: Session, plan: Plan, change: HbaChange): Promise<ReadyEdit> {
  const { path, wanted, ownFile, basis } = change
  const { login } = wanted
  const hba = await readHba(session, { login, group: plan.group, databases: wanted.databases })
  if (hba.hash !== basis) throw new ProblemError(changedSince(path))
  const placed = placeHba({ ...hba, wanted, ...(ownFile === null ? {} : { ownFile }) })
  if (!placed.ok) throw new ProblemError(placed.problem)
  const { text, own, former: block } = placed.value
  const included = includedBy(block)
  const formerPath = included === null ? null : configLocation(included, path)
  const files: OwnFileEdit[] = []
  if (own !== null) {
    files.push({ path: own.path, before: await serverFile(session, own.path), after: bytesOf(own.text) })
  }
  let formerOwn: HbaFormer['own'] = null
  if (formerPath !== null) {
    const before = await serverFile(session, formerPath)
    if (before !== null) formerOwn = { path: formerPath, text: decodeContents(before).text }
    if (formerPath !== own?.path) files.push({ path: formerPath, before, after: null })
  }
  const texts = { [path]: text, ...(own === null ? {} : { [own.path]: own.text }) }
  const rules = rulesOf(parseHba(path, replaced(hba.files, texts), hba.server))
  const from = hba.clientAddress === null ? null : numericAddress(hba.clientAddress)
  const here = { user: login, memberOf: hba.memberOf, address: from }
  return {
    edit: {
      path,
      login,
      before: encodeContents(hba.contents),
      after: encodeContents({ ...hba.contents, text }),
      own: files,
    },
    former: block.length === 0 ? null : { block, own: formerOwn },
    judge: database => [true, false].map(tls => decide(rules, { ...here, database, tls }, hba.surroundings)),
    needsTls: wanted.tls && !(await hbaSettings(session)).tls,
    isForUs: from !== null && wanted.cidrs.some(cidr => isWithin(from, cidr)),
  }
}

/** What could not be taken back of a door, and what stays although it was, in words. */
export interface ClosedDoor {
  readonly left: readonly string[]
  readonly stays: readonly string[]
}

/** Closes the door again: our lines go, whatever else has changed there, and those of an earlier run come back. */
export async function undoHba(
  done: HbaDone,
  { open, journal, database }: Pick<DoorWork, 'open' | 'journal'> & { readonly database: string },
): Promise<ClosedDoor> {
  journal.note({ entry: 'hba', state: 'undoing', done })
  try {
    const { left } = await undoHbaLines(done, { open, database })
    await removeBackup(done, open, database)
    journal.note({ entry: 'hba', state: 'undone', done })
    return { left: [], stays: left.map(retiredText) }
  } catch (thrown) {
    journal.note({ entry: 'hba', state: 'undo-failed', done })
    return {
      left: [
        `Our lines in ${done.path} (not taken out: ${problemOf(thrown).message}). The file as it was: ${done.backup}`,
      ],
      stays: [],
    }
  }
}

/** Of a file that is as it was there is no need for a copy. */
async function removeBackup(
  { path, backup }: Pick<HbaDone, 'path' | 'backup'>,
  open: OpenSession,
  database: string,
): Promise<void> {
  await withSession(open, { database }, async session => {
    const [now, kept] = [await serverFile(session, path), await serverFile(session, backup)]
    if (now === null || kept === null || !Buffer.from(now).equals(kept)) return
    await (await hbaFileWay(session, path)).remove(backup)
  })
}

/** How it is known that the door is open, for the receipt. */
function doorNote(
  { lines, path }: Pick<HbaDone, 'lines' | 'path'>,
  {
    backup,
    left,
    notCompared,
  }: Pick<HbaWritten, 'backup' | 'left'> & { readonly notCompared: readonly string[] },
): string {
  const count = lines.filter(line => !line.startsWith('#')).length
  const loaded = `${path} has ${count} ${count === 1 ? 'line' : 'lines'} of ours: the server found no fault in the file, has read it, let the administrator in under it`
  const effect =
    notCompared.length === 0
      ? `${loaded}, and answers a connection from here as its rules say.`
      : `${loaded}. What it answers a connection from here was not compared with its rules, because ${notCompared.join('; ')}.`
  return [effect, `The file as it was: ${backup}`, ...left.map(retiredText)].join(' ')
}

/** What the server's answer to a connection from here says of the rules. */
type Effect =
  | { readonly is: 'as-said' }
  | { readonly is: 'otherwise'; readonly problem: Problem }
  | { readonly is: 'not-compared'; readonly because: string }

/** @param verdicts with TLS and without: the administrator may connect either way, and some try one after the other */
function effectOf(door: Door, verdicts: readonly HbaVerdict[]): Effect {
  for (const verdict of verdicts) {
    if (verdict.by !== 'unknown') continue
    return { is: 'not-compared', because: `${verdict.because} (${ruleText(verdict.rule)})` }
  }
  const [tls] = verdicts
  const may = verdicts.some(letsIn)
  const must = verdicts.every(letsIn)
  const trusts = verdicts.some(verdict => verdict.by === 'rule' && verdict.rule.method === 'trust')
  if (!door.open && door.problem.code === 'trusted' && trusts) return { is: 'as-said' }
  const isRefused = !door.open && door.problem.code === 'no-hba-line'
  if (!door.open && !isRefused)
    return { is: 'not-compared', because: door.problem.message.replace(/\.$/, '') }
  if (door.open ? may : !must) return { is: 'as-said' }
  const said = tls === undefined ? '' : ` (${verdictText(tls).text})`
  return {
    is: 'otherwise',
    problem: {
      code: 'hba-without-effect',
      message: `From here the login was to be ${must ? 'let in' : 'refused'}${said}, and the server ${door.open ? 'asks for the password' : `says: ${door.problem.message}`}.`,
      next: 'Another server may answer here than the one whose file it is, or a pooler that has rules of its own.',
    },
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function changedSince(path: string): Problem {
  return {
    code: 'hba-changed',
    message: `${path}, or a file that it includes, has been changed by somebody else since the plan was made.`,
    next: 'Make the plan again: it then begins with the file as it is now.',
  }
}

/** What had gone wrong at a door that could not be put back at once, but is now. */
export function causeOfDoor(thrown: unknown): unknown {
  const isPutBack = thrown instanceof ProblemError && problemOf(thrown).code === 'hba-not-restored'
  return isPutBack && thrown.cause !== undefined ? thrown.cause : thrown
}

/** What a journal says of a door that a run has opened, or was about to; null where none is. */
export function doorInJournal({ entries }: Pick<LeftJournal, 'entries'>): HbaDone | null {
  const last = entries.findLast(entry => entry.entry === 'hba')
  return last === undefined || last.state === 'undone' ? null : last.done
}
