import { numericAddress } from '../../model/hba/address.ts'
import type { HbaChange, HbaDone } from '../../model/hba/change.ts'
import { encodeContents } from '../../model/hba/contents.ts'
import { decide, type HbaVerdict } from '../../model/hba/decide.ts'
import { configLocation } from '../../model/hba/files.ts'
import { parseHba, rulesOf } from '../../model/hba/parse.ts'
import { letsIn, placeHba, replaced } from '../../model/hba/place.ts'
import { verdictText } from '../../model/hba/verdict-text.ts'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import type { Plan } from '../../plan/plan.ts'
import type { OpenSession } from '../../postgres/session.ts'
import type { Door } from '../apply-request.ts'
import type { Journal, LeftJournal } from '../journal.ts'
import { withSession } from '../with-session.ts'
import { readHba } from './read-hba.ts'
import { hasHbaLines, removeHbaLines, writeHba } from './write-hba.ts'

/** What it takes to change the door. */
export interface DoorWork {
  readonly open: OpenSession
  readonly journal: Journal
  /** Tries the login with a wrong password from here. */
  readonly knock: (database: string) => Promise<Door>
  /** Told what has to be taken back should anything fail from now on; null where the file is as it was. */
  readonly onDoor: (done: HbaDone | null) => void
}

/**
 * Makes the plan's change of pg_hba.conf, and shows its effect by knocking. A run that is gone on with finds its
 * lines already there.
 * @throws ProblemError; the file is as it was then, or the problem says where the old one is
 */
export async function applyHba(
  plan: Plan,
  change: HbaChange,
  { open, journal, knock, onDoor }: DoorWork,
): Promise<void> {
  const { database } = plan.server
  const { path, wanted, ownFile, basis, lines } = change
  const { login } = wanted
  const there = { path, ownPath: ownFile === null ? null : configLocation(ownFile, path), login, lines }
  const { before, after, tryEffect } = await withSession(open, { database }, async session => {
    if (await hasHbaLines(session, path, login, lines)) return { before: null, after: null, tryEffect: null }
    const hba = await readHba(session, { login, group: plan.group, databases: wanted.databases })
    if (hba.hash !== basis) throw new ProblemError(changedSince(path))
    const placed = placeHba({ ...hba, wanted, ...(ownFile === null ? {} : { ownFile }) })
    if (!placed.ok) throw new ProblemError(placed.problem)
    const text = {
      [path]: placed.value.text,
      ...(there.ownPath === null ? {} : { [there.ownPath]: ownText(lines) }),
    }
    const rules = rulesOf(parseHba(path, replaced(hba.files, text), hba.server))
    const from = hba.clientAddress === null ? null : numericAddress(hba.clientAddress)
    const here = { user: login, memberOf: hba.memberOf, address: from }
    return {
      before: encodeContents(hba.contents),
      after: encodeContents({ ...hba.contents, text: placed.value.text }),
      tryEffect: async () => {
        for (const each of wanted.databases) {
          const said = [true, false].map(tls =>
            decide(rules, { ...here, database: each, tls }, hba.surroundings),
          )
          const problem = effectProblem(await knock(each), said)
          if (problem !== null) return problem
        }
        return null
      },
    }
  })
  if (before === null || after === null || tryEffect === null) return
  let writing: HbaDone | null = null
  const work = {
    open,
    database,
    tryEffect,
    onBackup: (backup: string) => {
      writing = { ...there, backup }
      journal.write({ entry: 'hba', state: 'writing', done: writing })
      onDoor(writing)
    },
  }
  await writeHba(
    {
      path,
      login,
      before,
      after,
      own: there.ownPath === null ? null : { path: there.ownPath, text: ownText(lines) },
    },
    work,
  ).catch(thrown => {
    if (problemOf(thrown).code !== 'hba-not-restored' && writing !== null) {
      journal.note({ entry: 'hba', state: 'undone', done: writing })
      onDoor(null)
    }
    throw thrown
  })
  if (writing !== null) journal.write({ entry: 'hba', state: 'written', done: writing })
}

/** Closes the door again: our lines go, whatever else has changed there. Gives what is left, in words. */
export async function undoHba(
  done: HbaDone,
  { open, journal, database }: Pick<DoorWork, 'open' | 'journal'> & { readonly database: string },
): Promise<readonly string[]> {
  journal.note({ entry: 'hba', state: 'undoing', done })
  try {
    await removeHbaLines(done, { open, database })
    journal.note({ entry: 'hba', state: 'undone', done })
    return []
  } catch (thrown) {
    journal.note({ entry: 'hba', state: 'undo-failed', done })
    return [
      `Our lines in ${done.path} (not taken out: ${problemOf(thrown).message}). The file as it was: ${done.backup}`,
    ]
  }
}

/** How it is known that the door is open, for the receipt. */
export function doorNote({ lines, path, backup }: HbaDone): string {
  const count = lines.filter(line => !line.startsWith('#')).length
  return `${path} has ${count} ${count === 1 ? 'line' : 'lines'} of ours: the server found no fault in the file, has read it, let the administrator in under it, and answers a connection from here as its rules say. The file as it was: ${backup}`
}

/** What the simulator and the server say differently about a connection from here; null where they agree. */
function effectProblem(door: Door, [tls, plain]: readonly HbaVerdict[]): Problem | null {
  if (tls === undefined || plain === undefined || tls.by === 'unknown' || plain.by === 'unknown') return null
  // The administrator may connect with or without TLS, and some try one after the other.
  const may = [tls, plain].some(letsIn)
  const must = [tls, plain].every(letsIn)
  if (door.open ? may : !must || door.problem.code !== 'no-hba-line') return null
  return {
    code: 'hba-without-effect',
    message: `From here the login was to be ${must ? 'let in' : 'refused'} (${verdictText(tls).text}), and the server ${door.open ? 'asks for the password' : `says: ${door.problem.message}`}.`,
    next: 'Another server may answer here than the one whose file it is, or a pooler that has rules of its own.',
  }
}

function ownText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function changedSince(path: string): Problem {
  return {
    code: 'hba-changed',
    message: `${path} has been changed by somebody else since the plan was made.`,
    next: 'Make the plan again: it then begins with the file as it is now.',
  }
}

/** What a journal says of a door that a run has opened, or was about to; null where none is. */
export function doorInJournal({ entries }: Pick<LeftJournal, 'entries'>): HbaDone | null {
  const last = entries.findLast(entry => entry.entry === 'hba')
  return last === undefined || last.state === 'undone' ? null : last.done
}
